// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/address.h>

#include <fmt/core.h>

#include <algorithm>

#include <kepeng/crypto/ripemd160.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/descriptor/base58.h>
#include <kepeng/descriptor/bech32.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/output_template.h>

namespace kepeng::descriptor {
namespace {

constexpr std::size_t kBase58PayloadBytes = 1 + 20;
// For telling a wrong checksum or length from text that is no base 58 at all.
constexpr std::size_t kBase58BytesMax = 100;
constexpr std::uint8_t kWitnessVersionMax = 16;

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [&](char b, char a) { return same(a, b); });
}

Err<AddressError> refuse(std::string message) {
  return Err{AddressError{std::move(message), {}}};
}

Result<Destination, AddressError> parse_base58(std::string_view text, const params::NetworkParams& network) {
  const auto payload = decode_base58_check(text, kBase58PayloadBytes);
  if (!payload) {
    if (!decode_base58(text, kBase58BytesMax)) {
      return refuse("Invalid or unsupported Segwit (Bech32) or Base58 encoding.");
    }
    return refuse("Invalid checksum or length of Base58 address (P2PKH or P2SH)");
  }
  const bool has_prefix = !payload->empty() && (payload->front() == network.pubkey_address_prefix ||
                                                payload->front() == network.script_address_prefix);
  if (!has_prefix) return refuse("Invalid or unsupported Base58-encoded address.");
  if (payload->size() != kBase58PayloadBytes) return refuse("Invalid length for Base58 address (P2PKH or P2SH)");
  crypto::Hash20 hash;
  std::copy_n(payload->begin() + 1, hash.size(), hash.begin());
  return payload->front() == network.pubkey_address_prefix ? Destination::pubkey_hash(hash)
                                                           : Destination::script_hash(hash);
}

Result<Destination, AddressError> parse_program(const Bech32Text& content) {
  const std::uint8_t version = content.symbols.front();
  if (version == 0 && content.checksum != Bech32Checksum::Bech32) {
    return refuse("Version 0 witness address must use Bech32 checksum");
  }
  if (version != 0 && content.checksum != Bech32Checksum::Bech32m) {
    return refuse("Version 1+ witness address must use Bech32m checksum");
  }
  const auto program = symbols_to_bytes(ByteView{content.symbols}.subspan(1));
  if (!program) return refuse("Invalid padding in Bech32 data section");
  const std::size_t size = program->size();
  const char* unit = size == 1 ? "byte" : "bytes";
  if (version == 0 && size != 20 && size != 32) {
    return refuse(fmt::format("Invalid Bech32 v0 address program size ({} {}), per BIP141", size, unit));
  }
  if (version > kWitnessVersionMax) return refuse("Invalid Bech32 address witness version");
  if (size < 2 || size > Destination::kProgramBytesMax) {
    return refuse(fmt::format("Invalid Bech32 address program size ({} {})", size, unit));
  }
  return Destination::witness_program(version, *program);
}

Result<Destination, AddressError> parse_bech32(std::string_view text, const params::NetworkParams& network) {
  const auto content = decode_bech32(text);
  if (!content) {
    Bech32Errors errors = locate_bech32_errors(text);
    return Err{AddressError{std::move(errors.message), std::move(errors.positions)}};
  }
  if (content->symbols.empty()) return refuse("Empty Bech32 data section");
  if (content->prefix != network.bech32_prefix) {
    return refuse(fmt::format("Invalid or unsupported prefix for Segwit (Bech32) address (expected {}, got {}).",
                              network.bech32_prefix, content->prefix));
  }
  return parse_program(*content);
}

}  // namespace

Destination::Destination(Kind kind, std::uint8_t version, ByteView payload)
    : kind_{kind}, version_{version}, size_{static_cast<std::uint8_t>(payload.size())} {
  KP_ASSERT(payload.size() <= kProgramBytesMax && version <= kWitnessVersionMax);
  std::copy(payload.begin(), payload.end(), payload_.begin());
}

Destination Destination::pubkey_hash(const crypto::Hash20& hash) {
  return {Kind::PubKeyHash, 0, hash};
}

Destination Destination::script_hash(const crypto::Hash20& hash) {
  return {Kind::ScriptHash, 0, hash};
}

Destination Destination::pay_to_script(ByteView script) {
  return script_hash(crypto::hash160(script));
}

Destination Destination::pay_to_witness_script(ByteView script) {
  return witness_program(0, crypto::sha256(script));
}

Destination Destination::witness_program(std::uint8_t version, ByteView program) {
  return {Kind::WitnessProgram, version, program};
}

std::optional<Destination> Destination::of_script(ByteView script_pubkey) {
  using script::OutputType;
  const script::OutputTemplate output = script::classify_output(script_pubkey);
  switch (output.type) {
    case OutputType::PubKeyHash:
      return Destination{Kind::PubKeyHash, 0, output.payload};
    case OutputType::ScriptHash:
      return Destination{Kind::ScriptHash, 0, output.payload};
    case OutputType::Anchor:
    case OutputType::WitnessV0KeyHash:
    case OutputType::WitnessV0ScriptHash:
    case OutputType::WitnessV1Taproot:
    case OutputType::WitnessUnknown: {
      const auto program = script::witness_program(script_pubkey);
      KP_ASSERT(program.has_value());
      return witness_program(program->version, program->program);
    }
    case OutputType::NonStandard:
    case OutputType::PubKey:
    case OutputType::MultiSig:
    case OutputType::NullData:
      return std::nullopt;
  }
  return std::nullopt;
}

Bytes Destination::script() const {
  using script::Op;
  script::ScriptBuilder builder;
  switch (kind_) {
    case Kind::PubKeyHash:
      builder.op(Op::Dup).op(Op::Hash160).push(payload()).op(Op::EqualVerify).op(Op::CheckSig);
      break;
    case Kind::ScriptHash:
      builder.op(Op::Hash160).push(payload()).op(Op::Equal);
      break;
    case Kind::WitnessProgram:
      builder.op(script::small_integer_op(version_)).push(payload());
      break;
  }
  return builder.take();
}

std::string to_address(const Destination& destination, const params::NetworkParams& network) {
  if (destination.is_witness()) {
    Bech32Text content;
    content.checksum = destination.witness_version() == 0 ? Bech32Checksum::Bech32 : Bech32Checksum::Bech32m;
    content.prefix = network.bech32_prefix;
    content.symbols.push_back(destination.witness_version());
    append_as_symbols(content.symbols, destination.payload());
    return encode_bech32(content);
  }
  const bool is_key = destination.kind() == Destination::Kind::PubKeyHash;
  std::array<std::uint8_t, kBase58PayloadBytes> payload{is_key ? network.pubkey_address_prefix
                                                               : network.script_address_prefix};
  std::copy(destination.payload().begin(), destination.payload().end(), payload.begin() + 1);
  return encode_base58_check(payload);
}

Result<Destination, AddressError> parse_address(std::string_view text, const params::NetworkParams& network) {
  // Decided by the prefix of this network, so that an address of another one is not reported as a damaged checksum.
  if (starts_with_ignoring_case(text, network.bech32_prefix)) return parse_bech32(text, network);
  return parse_base58(text, network);
}

std::string to_wif(const ExportedKey& key, const params::NetworkParams& network) {
  Bytes payload{network.secret_key_prefix};
  append(payload, key.key.bytes());
  if (key.is_compressed) payload.push_back(1);
  return encode_base58_check(payload);
}

std::optional<ExportedKey> parse_wif(std::string_view text, const params::NetworkParams& network) {
  constexpr std::size_t kPlain = 1 + crypto::PrivateKey::kSize;
  const auto payload = decode_base58_check(text, kPlain + 1);
  if (!payload || payload->size() < kPlain || payload->front() != network.secret_key_prefix) return std::nullopt;
  const bool is_compressed = payload->size() == kPlain + 1;
  if (is_compressed && payload->back() != 1) return std::nullopt;
  const auto key = crypto::PrivateKey::from_bytes(ByteView{*payload}.subspan(1, crypto::PrivateKey::kSize));
  if (!key) return std::nullopt;
  return ExportedKey{*key, is_compressed};
}

}  // namespace kepeng::descriptor
