// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/ecdsa.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/interpreter.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_number.h>
#include <kepeng/script/script_reader.h>
#include <kepeng/script/script_text.h>
#include <kepeng/script/signature_encoding.h>
#include <kepeng/script/sigops.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using namespace script;

std::string outcome(const Verdict& verdict) {
  return verdict ? "OK" : std::string{vector_name(verdict.error())};
}

// CLEANSTACK means something only with P2SH and WITNESS, WITNESS only with P2SH.
Flags with_what_they_need(Flags flags) {
  if (flags.has(Flag::CleanStack)) flags = flags.with({Flag::Witness});
  if (flags.has(Flag::Witness)) flags = flags.with({Flag::P2sh});
  return flags;
}
Flags without_what_lacks(Flags flags) {
  if (!flags.has(Flag::P2sh)) flags = flags.without({Flag::Witness});
  if (!flags.has(Flag::Witness)) flags = flags.without({Flag::CleanStack});
  return flags;
}

// Both paths, with and without the hashes in hand, give one verdict.
std::string settled_verdict(const SpendContext& plain, Flags flags) {
  static Interpreter direct;
  static Interpreter general{Interpreter::Path::General};
  const PrecomputedHashes hashes{plain.tx, plain.spent};
  SpendContext helped = plain;
  helped.hashes = &hashes;
  const std::string verdict = outcome(direct.verify_input(plain, flags));
  KP_ASSERT(outcome(direct.verify_input(helped, flags)) == verdict);
  KP_ASSERT(outcome(general.verify_input(plain, flags)) == verdict);
  KP_ASSERT(outcome(general.verify_input(helped, flags)) == verdict);
  return verdict;
}

// Every flag only forbids: fewer of them never turn a good spend bad, more never turn a bad one good.
void check_spend(const SpendContext& context, Flags flags, Flags change) {
  const bool holds = settled_verdict(context, with_what_they_need(flags)) == "OK";
  const Flags fewer = without_what_lacks(with_what_they_need(flags).without(change));
  const Flags more = with_what_they_need(flags.with(change));
  if (holds) {
    KP_ASSERT(settled_verdict(context, fewer) == "OK");
  } else {
    KP_ASSERT(settled_verdict(context, more) != "OK");
  }
}

// Flags, flags to change, amount, scriptSig, scriptPubKey, then witness items, all of them chunks.
Bytes script_seed(ByteView script_sig, ByteView script_pubkey, const std::vector<Bytes>& witness) {
  Bytes seed;
  append_le(seed, kConsensusFlags.bits());
  append_le(seed, kStandardFlags.bits());
  append_le(seed, std::int64_t{1000});
  append_chunk(seed, script_sig);
  append_chunk(seed, script_pubkey);
  for (const Bytes& item : witness) append_chunk(seed, item);
  return seed;
}

Seeds script_seeds() {
  const Bytes every_kind{0x51, 0x52, 0x93, 0x53, 0x87, 0x63, 0x76, 0xa9, 0x67, 0xac, 0x68, 0x69, 0x74, 0x79, 0xae};
  Bytes multisig{0x51, 0x21, 2};
  multisig.resize(multisig.size() + 32, 0x79);
  append(multisig, Bytes{0x51, 0xae});
  Bytes p2wsh{0x00, 0x20};
  append(p2wsh, crypto::sha256(every_kind));
  Bytes p2tr{0x51, 0x20};
  p2tr.resize(34, 0x79);
  return {script_seed({}, every_kind, {}),
          script_seed(Bytes{0x00, 0x00}, multisig, {}),
          script_seed({}, p2wsh, {Bytes{1}, every_kind}),
          script_seed({}, p2tr, {Bytes(64, 1)}),
          script_seed({}, p2tr, {every_kind, Bytes(33, 0xc0)}),
          script_seed(Bytes{0x01, 0x05}, Bytes{0xb1, 0xb2, 0x75, 0x51, 0xab, 0xad}, {})};
}

FUZZ_TARGET(script, script_seeds) {
  Input fields{input};
  const Flags flags = Flags::from_bits(fields.take<std::uint32_t>());
  const Flags change = Flags::from_bits(fields.take<std::uint32_t>());
  const Amount amount{fields.take<std::int64_t>()};
  MutableTransaction tx;
  MutableTxIn& in = tx.inputs.emplace_back();
  in.script_sig = copy_of(fields.chunk());
  in.sequence = static_cast<std::uint32_t>(amount.sats);
  const ByteView script_pubkey = fields.chunk();
  while (!fields.empty() && in.witness.size() < 100) in.witness.push_back(copy_of(fields.chunk()));
  tx.outputs.push_back({amount, copy_of(script_pubkey)});
  const TxPtr frozen = tx.freeze();
  const std::vector<TxOut> spent{{amount, script_pubkey}};
  check_spend({*frozen, 0, spent}, flags, change);
  static_cast<void>(count_witness_sigops({in.script_sig, script_pubkey, frozen->inputs[0].witness}, flags));
}

// Flags, flags to change, input, number of spent outputs and these (value, script), then a transaction.
Seeds spend_seeds() {
  Bytes seed;
  append_le(seed, kConsensusFlags.bits());
  append_le(seed, std::uint32_t{0});
  append(seed, Bytes{0, 1});
  append_le(seed, std::int64_t{1000});
  append_chunk(seed, Bytes{0x51});
  MutableTransaction tx;
  tx.inputs.emplace_back();
  tx.outputs.push_back({Amount{1}, {0x51}});
  append(seed, tx.serialize());
  return {seed};
}

FUZZ_TARGET(spend, spend_seeds) {
  Input fields{input};
  const Flags flags = Flags::from_bits(fields.take<std::uint32_t>());
  const Flags change = Flags::from_bits(fields.take<std::uint32_t>());
  const std::uint8_t place = fields.take();
  std::vector<TxOut> spent(fields.take());
  for (TxOut& output : spent) {
    output.value = {fields.take<std::int64_t>()};
    output.script_pubkey = fields.chunk();
  }
  const auto tx = parse_transaction(copy_of(fields.rest()));
  if (!tx || (*tx)->inputs.empty() || (*tx)->inputs.size() > 50) return;
  spent.resize((*tx)->inputs.size());
  check_spend({**tx, static_cast<std::uint32_t>(place % spent.size()), spent}, flags, change);
}

Seeds der_signature_seeds() {
  crypto::CompactSignature signature{};
  signature.fill(0x7f);
  Bytes low = crypto::to_der(signature);
  signature.fill(0xf0);
  Bytes high = crypto::to_der(signature);
  low.push_back(1);
  high.push_back(0x83);
  return {low, high, {0x30, 6, 2, 1, 0, 2, 1, 0, 1}};
}

FUZZ_TARGET(der_signature, der_signature_seeds) {
  const bool passes_all = check_signature_encoding(input, Flags::all()).ok();
  if (passes_all && !input.empty()) {
    KP_ASSERT(is_strict_der(input) && has_defined_hash_type(input) && crypto::is_low_s(input.first(input.size() - 1)));
  }
  const ByteView numbers = input.first(input.empty() ? 0 : input.size() - 1);
  const auto lax = crypto::parse_der_lax(numbers);
  if (is_strict_der(input)) KP_ASSERT(lax.has_value());
  if (!lax) {
    KP_ASSERT(!crypto::is_low_s(numbers));
    return;
  }
  // What was understood is the same in strict form; strict bytes that fit are that form already.
  Bytes strict = crypto::to_der(*lax);
  KP_ASSERT(crypto::parse_der_lax(strict) == lax);
  const bool is_zero = std::all_of(lax->begin(), lax->end(), [](std::uint8_t byte) { return byte == 0; });
  if (is_strict_der(input) && !is_zero) KP_ASSERT(equal(strict, numbers));
  strict.push_back(1);
  KP_ASSERT(is_strict_der(strict));
}

Seeds script_text_seeds() {
  return {{0x51, 0x02, 0xff, 0x7f, 0x4c, 0x05, 1, 2, 3, 4, 5, 0x4d, 0xff, 0xff, 0},
          {0x6a, 0x04, 0xff, 0xff, 0xff, 0xff}};
}

FUZZ_TARGET(script_text, script_text_seeds) {
  std::size_t steps = 0;
  std::size_t pushed = 0;
  ScriptBuilder rebuilt;
  bool is_canonical = true;
  ScriptReader reader{input};
  while (const auto step = reader.next()) {
    ++steps;
    pushed += step->data.size();
    const bool is_push = to_byte(step->op) <= to_byte(Op::PushData4);
    is_canonical = is_canonical && (!is_push || is_minimal_push(*step));
    is_push ? rebuilt.push_minimal(step->data) : rebuilt.op(step->op);
  }
  KP_ASSERT(steps + pushed <= input.size() && reader.position() <= input.size());
  if (!reader.truncated()) KP_ASSERT(reader.at_end());
  if (is_canonical) KP_ASSERT(equal(rebuilt.script(), input.first(reader.position())));
  KP_ASSERT(!is_push_only(input) || !reader.truncated());
  for (const SighashSuffix suffix : {SighashSuffix::Keep, SighashSuffix::Decode}) {
    const std::string text = bounded_by(input.size(), 120, [&] { return to_asm(input, suffix); });
    KP_ASSERT((text.find("[error]") != std::string::npos) == reader.truncated());
    KP_ASSERT(static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) <= steps);
  }
  KP_ASSERT(count_sigops(input, SigopCounting::Exact) <= count_sigops(input, SigopCounting::Legacy));
  const OutputTemplate output = classify_output(input);
  KP_ASSERT(output.type == output_type(input));
  for (const ByteView key : output.key_list()) KP_ASSERT(key.size() < input.size());
  if (const auto program = witness_program(input)) KP_ASSERT(program->program.size() == input.size() - 2);
}

Seeds script_number_seeds() {
  return {{}, {0x80}, {0xff, 0xff, 0xff, 0x7f, 0x80}, Bytes(8, 0xff)};
}

FUZZ_TARGET(script_number, script_number_seeds) {
  const std::int64_t number = Input{input}.take<std::int64_t>();
  const EncodedNumber encoded = encode_number(number);
  KP_ASSERT(is_true(encoded.view()) == (number != 0));
  if (encoded.size <= 8) KP_ASSERT(*decode_number(encoded.view(), {8, NumberEncoding::Minimal}) == number);
  for (const std::size_t max_size : {std::size_t{4}, std::size_t{5}}) {
    const auto any = decode_number(input, {max_size, NumberEncoding::Any});
    KP_ASSERT(any.ok() == (input.size() <= max_size));
    if (!any) continue;
    const bool is_minimal = decode_number(input, {max_size, NumberEncoding::Minimal}).ok();
    KP_ASSERT(is_minimal == equal(encode_number(*any).view(), input));
    KP_ASSERT(is_true(input) == (*any != 0));
  }
}

}  // namespace
}  // namespace kepeng::fuzz
