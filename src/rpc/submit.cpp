// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Methods that hand in blocks and headers (BIP22).

#include <array>

#include <kepeng/base/hex.h>
#include <kepeng/consensus/witness_commitment.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

namespace kepeng::rpc {
namespace {

constexpr std::size_t kReservedValueBytes = 32;

// Miners may leave out the coinbase's witness: a block that commits to witnesses gets the usual one, all zeros.
BlockPtr with_coinbase_witness(const Context& context, const BlockPtr& block) {
  const chain::Entry* parent = context.engine().find(block->header().previous);
  if (parent == nullptr || !context.network().is_active(params::Buried::Segwit, parent->height + 1)) return block;
  if (block->transactions().empty()) return block;
  const Transaction& coinbase = block->transactions()[0];
  if (!coinbase.is_coinbase() || coinbase.has_witness() || !consensus::witness_commitment_output(coinbase)) {
    return block;
  }
  MutableTransaction changed{coinbase};
  changed.inputs[0].witness = {Bytes(kReservedValueBytes)};
  std::vector<TxPtr> transactions{changed.freeze()};
  for (std::size_t i = 1; i < block->transactions().size(); ++i) transactions.push_back(share_transaction(block, i));
  auto parsed = parse_block(serialize_block(block->header(), transactions));
  return parsed ? std::move(parsed).value() : block;
}

// What BIP22 calls the outcome; empty for success.
std::string outcome_text(const validation::SubmitOutcome& outcome) {
  using Kind = validation::SubmitOutcome::Kind;
  switch (outcome.kind) {
    case Kind::Connected:
      break;
    case Kind::Stored:
      return "inconclusive";
    case Kind::Duplicate:
      return outcome.entry != nullptr && outcome.entry->is_invalid() ? "duplicate-invalid" : "duplicate";
    case Kind::Rejected:
      return outcome.rejection ? outcome.rejection->reason() : "rejected";
  }
  return {};
}

Answer submit_block(Context& context, const Arguments& arguments, json::Writer& out) {
  auto raw = from_hex(arguments.string(0));
  auto parsed = parse_block(raw ? std::move(*raw) : Bytes{});
  if (!parsed) return fail(Code::DeserializationError, "Block decode failed");
  const BlockPtr block = with_coinbase_witness(context, *parsed);
  KP_TRY(const auto outcome, or_rpc_error(context.engine().submit(block)));
  const std::string text = outcome_text(outcome);
  if (!text.empty()) out.string(text);
  return Unit{};
}

Answer submit_header(Context& context, const Arguments& arguments, json::Writer&) {
  const auto raw = from_hex(arguments.string(0));
  if (!raw || raw->size() != BlockHeader::kSize) {
    return fail(Code::DeserializationError, "Block header decode failed");
  }
  const BlockHeader header = BlockHeader::decode(raw->data());
  if (context.engine().find(header.previous) == nullptr) {
    return fail(Code::VerifyError, "Must submit previous header (" + header.previous.to_string() + ") first");
  }
  KP_TRY(const auto placed, or_rpc_error(context.engine().submit_header(header)));
  if (!placed) return fail(Code::VerifyError, placed.error().reason());
  return Unit{};
}

constexpr std::array kBlockParameters{
    Parameter{.name = "hexdata", .type = Type::Hex, .description = "The block in hex"},
    Parameter{.name = "dummy", .need = Need::Optional, .description = "Ignored, for BIP22"}};
constexpr std::array kHeaderParameters{
    Parameter{.name = "hexdata", .type = Type::Hex, .description = "The header in hex"}};

constexpr std::array kMethods{
    Method{.name = "submitblock",
           .category = Category::Mining,
           .parameters = kBlockParameters,
           .description = "Hands in a block (BIP22). A missing coinbase witness is filled in.",
           .result = "null    if the block is now part of the best chain\n\"text\"    (string) otherwise: why not",
           .examples = "submitblock \"hexdata\"",
           .handler = submit_block},
    Method{.name = "submitheader",
           .category = Category::Mining,
           .parameters = kHeaderParameters,
           .description = "Hands in a header, so that the node looks for its block. Fails if the header is not valid.",
           .result = "null",
           .examples = "submitheader \"hexdata\"",
           .handler = submit_header}};

}  // namespace

std::span<const Method> submit_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
