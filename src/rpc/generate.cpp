// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Methods that make blocks, for regtest.

#include <array>

#include <kepeng/base/hex.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/descriptor/descriptor.h>
#include <kepeng/mining/block_assembly.h>
#include <kepeng/mining/block_template.h>
#include <kepeng/rpc/dispatch.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

#include "block_choice.h"
#include "mempool_arguments.h"

namespace kepeng::rpc {
namespace {

constexpr std::uint64_t kTriesDefault = 1'000'000;

bool may_go_on(const Context& context) {
  const auto& stopping = context.services().is_stopping;
  return !(stopping && stopping()) && !(context.caller().gone && context.caller().gone());
}

struct Work {
  ByteView payout_script;
  std::span<const TxPtr> transactions{};
  Amount fees{};
  const chain::Entry* parent = nullptr;
};

// A solved block on the tip; null when it was given up.
Result<BlockPtr, RpcError> make_block(const Context& context, const Work& work, std::uint64_t& tries) {
  const mining::Assembly assembly{.parent = work.parent,
                                  .payout_script = work.payout_script,
                                  .transactions = work.transactions,
                                  .now = context.clock().now(),
                                  .version = context.services().block_version,
                                  .fees = work.fees};
  mining::DraftBlock draft = mining::assemble(assembly, context.network());
  if (!mining::solve(draft.header, tries, [&] { return may_go_on(context); })) return BlockPtr{};
  auto block = parse_block(serialize_block(draft.header, draft.transactions));
  if (!block) return fail(Code::InternalError, "The block that was made cannot be read");
  return std::move(block).value();
}

// From the mempool, where there is one.
BlockChoice choose(const Context& context) {
  BlockChoice chosen;
  if (const auto* mempool = context.services().mempool) chosen = choose_for_block(context, *mempool);
  if (chosen.parent == nullptr) chosen.parent = context.engine().view()->tip();
  context.note_template(chosen.choice);
  return chosen;
}

Answer submit(const Context& context, const BlockPtr& block) {
  KP_TRY(const auto outcome, or_rpc_error(context.engine().submit(block)));
  using Kind = validation::SubmitOutcome::Kind;
  // Another node may have made the very same block and sent it before.
  if (outcome.kind != Kind::Rejected) return Unit{};
  return fail(Code::InternalError, "ProcessNewBlock, block not accepted");
}

Answer generate_blocks(const Context& context, const Arguments& arguments, ByteView script, json::Writer& out) {
  KP_TRY(const auto count, arguments.integer<int>(0));
  KP_TRY(const auto tries_asked, arguments.integer(2, static_cast<std::int64_t>(kTriesDefault)));
  auto tries = static_cast<std::uint64_t>(tries_asked);
  std::vector<BlockHash> hashes;
  for (int i = 0; i < count && may_go_on(context); ++i) {
    const BlockChoice chosen = choose(context);
    std::vector<TxPtr> transactions;
    for (const auto& one : chosen.choice.transactions) transactions.push_back(unpack(one.tx));
    KP_TRY(const BlockPtr block, make_block(context, {script, transactions, chosen.choice.fees, chosen.parent}, tries));
    if (block == nullptr) break;
    KP_TRY_VOID(submit(context, block));
    hashes.push_back(block->hash());
  }
  out.begin_array();
  for (const BlockHash& hash : hashes) out.string(hash.to_string());
  out.end_array();
  return Unit{};
}

Answer generate_to_address(Context& context, const Arguments& arguments, json::Writer& out) {
  const auto destination = descriptor::parse_address(arguments.string(1), context.network());
  if (!destination) return fail(Code::InvalidAddressOrKey, "Error: Invalid address");
  return generate_blocks(context, arguments, destination->script(), out);
}

Answer generate_to_descriptor(Context& context, const Arguments& arguments, json::Writer& out) {
  const auto parsed =
      descriptor::parse_descriptor(arguments.string(1), context.network(), descriptor::ChecksumNeed::Optional);
  if (!parsed) return fail(Code::InvalidAddressOrKey, parsed.error());
  return generate_blocks(context, arguments, parsed->script, out);
}

Result<Bytes, RpcError> script_of_output(const Context& context, std::string_view output) {
  if (const auto destination = descriptor::parse_address(output, context.network())) return destination->script();
  const auto parsed = descriptor::parse_descriptor(output, context.network(), descriptor::ChecksumNeed::Optional);
  if (!parsed) return fail(Code::InvalidAddressOrKey, "Error: Invalid address or descriptor");
  return parsed->script;
}

TxPtr transaction_in_mempool(const Context& context, const Txid& txid) {
  TxPtr found;
  if (auto* mempool = context.services().mempool) {
    mempool->look([&](const mempool::Pool& pool, mempool::Admission&) {
      if (const mempool::Entry* entry = pool.find(txid)) found = unpack(entry->tx);
    });
  }
  return found;
}

Result<std::vector<TxPtr>, RpcError> transactions_from(const Context& context, const json::Value& list) {
  std::vector<TxPtr> transactions;
  for (const json::Value& item : list.items()) {
    const std::string* text = item.as_string();
    if (text == nullptr) return Err{type_error(item.kind(), "string")};
    if (const auto txid = Txid::from_string(*text)) {
      TxPtr known = transaction_in_mempool(context, *txid);
      if (known == nullptr) {
        return fail(Code::InvalidAddressOrKey, fmt::format("Transaction {} not in mempool.", *text));
      }
      transactions.push_back(std::move(known));
      continue;
    }
    auto bytes = from_hex(*text);
    auto tx = parse_transaction(bytes ? std::move(*bytes) : Bytes{});
    if (!tx) {
      return fail(Code::DeserializationError,
                  fmt::format("Transaction decode failed for {}. Make sure the tx has at least one input.", *text));
    }
    transactions.push_back(std::move(tx).value());
  }
  return transactions;
}

Answer generate_block(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const Bytes script, script_of_output(context, arguments.string(0)));
  KP_TRY(const auto transactions, transactions_from(context, arguments.at(1)));
  std::uint64_t tries = kTriesDefault;
  const chain::Entry* parent = context.engine().view()->tip();
  KP_TRY(const BlockPtr block,
         make_block(context, {.payout_script = script, .transactions = transactions, .parent = parent}, tries));
  if (block == nullptr) return fail(Code::Misc, "Failed to make block.");
  KP_TRY(const auto verdict, or_rpc_error(context.engine().test_on_tip(block)));
  if (!verdict) return fail(Code::VerifyError, "TestBlockValidity failed: " + verdict.error().reason());
  const bool is_submitted = arguments.boolean(2).value_or(true);
  if (is_submitted) KP_TRY_VOID(submit(context, block));
  out.begin_object();
  out.field("hash", block->hash().to_string());
  if (!is_submitted) out.field_hex("hex", block->raw());
  out.end_object();
  return Unit{};
}

// Gone for long, but old scripts still ask; the help text tells them where to go.
Answer generate(Context& context, const Arguments&, json::Writer&) {
  return fail(Code::MethodNotFound, help_text(*context.dispatcher().find("generate")));
}

constexpr Parameter kMaxTries{.name = "maxtries",
                              .type = Type::Number,
                              .need = Need::Optional,
                              .fallback = "1000000",
                              .description = "Hashes to try in all"};
constexpr std::array kAddressParameters{
    Parameter{.name = "nblocks", .type = Type::Number, .description = "Blocks to make"},
    Parameter{.name = "address", .description = "Where the new coins go"}, kMaxTries};
constexpr std::array kDescriptorParameters{
    Parameter{.name = "num_blocks", .type = Type::Number, .description = "Blocks to make"},
    Parameter{.name = "descriptor", .description = "Where the new coins go"}, kMaxTries};
constexpr std::array kTransactionItems{Parameter{.name = "rawtx/txid", .type = Type::Hex}};
constexpr std::array kBlockParameters{
    Parameter{.name = "output", .description = "Address or descriptor where the new coins go"},
    Parameter{.name = "transactions",
              .type = Type::Array,
              .description = "Raw transactions in hex, or ids of transactions in the mempool; in this order",
              .inner = kTransactionItems},
    Parameter{.name = "submit",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "true",
              .description = "Whether the block is to become part of the chain"}};

constexpr std::string_view kHashes = "[\n  \"hex\",    (string) hashes of the blocks\n  ...\n]";

constexpr std::array kMethods{
    Method{.name = "generatetoaddress",
           .parameters = kAddressParameters,
           .description = "Makes blocks at once that pay to an address.",
           .result = kHashes,
           .examples = "generatetoaddress 11 \"address\"",
           .handler = generate_to_address},
    Method{.name = "generatetodescriptor",
           .parameters = kDescriptorParameters,
           .description = "Makes blocks at once that pay to a descriptor.",
           .result = kHashes,
           .examples = "generatetodescriptor 11 \"raw(51)\"",
           .handler = generate_to_descriptor},
    Method{.name = "generateblock",
           .parameters = kBlockParameters,
           .description = "Makes one block of exactly these transactions at once.",
           .result = "{\n  \"hash\" : \"hex\",    (string) hash of the block\n"
                     "  \"hex\" : \"hex\"    (string, optional) the block, if it was not submitted\n}",
           .examples = "generateblock \"address\" '[\"rawtx\", \"txid\"]'",
           .handler = generate_block},
    Method{.name = "generate",
           .description = "has been replaced by the -generate cli option. Refer to -help for more information.",
           .handler = generate}};

}  // namespace

std::span<const Method> generate_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
