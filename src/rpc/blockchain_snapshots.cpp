// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Snapshots of the set of unspent outputs, as files.

#include <algorithm>
#include <array>

#include <kepeng/base/files.h>
#include <kepeng/rpc/families.h>
#include <kepeng/storage/snapshot_file.h>

#include "blockchain_arguments.h"
#include "roll_back.h"
#include "walk_progress.h"

namespace kepeng::rpc {
namespace {

// Relative paths count from the data directory.
std::string snapshot_path(const Context& context, std::string_view path) {
  if (path.starts_with('/')) return std::string{path};
  return join_path(context.services().data_directory, path);
}

// Which block the snapshot shall be of; null: the tip of the moment.
Result<const chain::Entry*, RpcError> snapshot_base(const Context& context, const Arguments& arguments) {
  const std::string_view type = arguments.string(1);
  const json::Value* options = arguments.find(2);
  const json::Value* rollback = options == nullptr ? nullptr : options->find("rollback");
  if (rollback != nullptr && !rollback->is_null()) {
    if (!type.empty() && type != "rollback") {
      return fail(Code::InvalidParameter,
                  fmt::format("Invalid snapshot type \"{}\" specified with rollback option", type));
    }
    return entry_by_hash_or_height(context, *rollback);
  }
  if (type == "latest") return nullptr;
  if (type != "rollback") {
    return fail(Code::InvalidParameter,
                fmt::format("Invalid snapshot type \"{}\" specified. Please specify \"rollback\" or \"latest\"", type));
  }
  const auto& known = context.network().snapshots;
  if (known.empty()) return fail(Code::InvalidParameter, "No snapshot heights are known for this chain");
  const auto highest =
      std::max_element(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.height < b.height; });
  return entry_by_hash_or_height(context, json::Value::number(highest->height));
}

Result<Unit, RpcError> check_can_roll_back(const chain::Entry* from, const chain::Entry* to) {
  if (!from->descends_from(*to)) return fail(Code::InvalidParameter, "Block is not in main chain");
  for (const chain::Entry* entry = from; entry != to; entry = entry->parent) {
    if (entry->has_data && entry->has_undo) continue;
    return fail(Code::Misc, "Could not roll back to requested height since necessary block data is already pruned.");
  }
  return Unit{};
}

struct SnapshotSource {
  const chain::Entry* base;
  coins::CoinWalk walk;
};

Result<Unit, Fault> write_snapshot(const Context& context, SnapshotSource source, const std::string& path,
                                   std::uint64_t coins) {
  const auto env = posix_env();
  KP_TRY(auto writer, storage::SnapshotWriter::create(*env, path, {context.network().magic, source.base->hash, coins}));
  const coins::WalkProgress progress = progress_for(context, "Writing the snapshot " + path);
  coins::CoinGroup group;
  for (std::uint64_t groups = 1;; ++groups) {
    KP_TRY(const bool more, source.walk.next(group));
    if (!more) break;
    for (const coins::IndexedCoin& item : group.coins) {
      KP_TRY_VOID(writer.add({group.txid, item.index}, item.coin.view()));
    }
    const double share = static_cast<double>(group.txid.bytes[0]) / 256;
    if (groups % 4096 == 0 && !progress(share)) {
      return Err{Fault{FaultKind::Interrupted, "The snapshot " + path + " was not finished."}};
    }
  }
  return writer.finish();
}

Answer dump_tx_out_set(Context& context, const Arguments& arguments, json::Writer& out) {
  const std::string path = snapshot_path(context, arguments.string(0));
  KP_TRY(const chain::Entry* base, snapshot_base(context, arguments));
  const auto env = posix_env();
  KP_TRY(const bool is_there, or_rpc_error(exists(*env, path)));
  if (is_there) {
    return fail(Code::InvalidParameter,
                path + " already exists. If you are sure this is what you want, move it out of the way first");
  }
  KP_TRY(const validation::CoinSnapshot snapshot, or_rpc_error(context.engine().coin_snapshot()));
  if (base == nullptr) base = snapshot.at;
  KP_TRY_VOID(check_can_roll_back(snapshot.at, base));
  std::unique_ptr<coins::CoinOverlay> overlay;
  if (base != snapshot.at) {
    KP_TRY(overlay, or_rpc_error(coins::CoinOverlay::create(*env, path + ".rollback")));
    const coins::WalkProgress progress = progress_for(context, "Going back in the chain for the snapshot " + path);
    KP_TRY_VOID(or_rpc_error(roll_back(context.engine(), snapshot.at, base, {*overlay, progress})));
  }
  const auto walk = [&]() -> Result<coins::CoinWalk, RpcError> {
    if (overlay == nullptr) return coins::CoinWalk{snapshot.coins, nullptr};
    KP_TRY(auto changes, or_rpc_error(overlay->changes()));
    return coins::CoinWalk{snapshot.coins, std::make_shared<storage::DatabaseIterator>(std::move(changes))};
  };
  // The number of coins stands at the head of the file, so they are counted first.
  KP_TRY(auto counted, walk());
  KP_TRY(const coins::CoinTotals totals,
         or_rpc_error(coins::total_coins(std::move(counted), coins::CoinHash::Serialized,
                                         progress_for(context, "Hashing the coins for the snapshot " + path))));
  KP_TRY(auto written, walk());
  KP_TRY_VOID(or_rpc_error(write_snapshot(context, {base, std::move(written)}, path, totals.coins)));
  out.begin_object();
  out.field("coins_written", totals.coins);
  out.key("base_hash"), out.hex_reversed(base->hash.view());
  out.field("base_height", base->height);
  out.field("path", path);
  out.key("txoutset_hash"), out.hex_reversed(totals.hash);
  out.field("nchaintx", base->chain_transactions.load());
  out.end_object();
  return Unit{};
}

// Whose snapshot is it, if not ours?
std::string describe_foreign(const storage::NetworkMagic& magic, const Context& context) {
  using params::Network;
  for (const Network other : {Network::Main, Network::Testnet3, Network::Testnet4, Network::Signet, Network::Regtest}) {
    const auto network = params::make_network({.network = other});
    if (!network || network->magic != magic) continue;
    return fmt::format("The network of the snapshot ({}) does not match the network of this node ({}).",
                       params::name_of(other), params::name_of(context.network().network));
  }
  return "This snapshot has been created for an unrecognized network. This could be a custom signet, a new testnet or "
         "possibly caused by data corruption.";
}

Result<storage::SnapshotReader, RpcError> open_snapshot(const Context& context, Env& env, const std::string& path) {
  auto reader = storage::SnapshotReader::open(env, path);
  if (!reader && reader.error().kind == FaultKind::Unsupported) {
    return fail(Code::DeserializationError, "Unable to parse metadata: " + reader.error().message);
  }
  if (!reader) return fail(Code::InvalidParameter, "Couldn't open file " + path + " for reading.");
  if (reader->header().magic != context.network().magic) {
    return fail(Code::DeserializationError,
                "Unable to parse metadata: " + describe_foreign(reader->header().magic, context));
  }
  return std::move(reader).value();
}

Answer load_tx_out_set(Context& context, const Arguments& arguments, json::Writer& out) {
  const std::string path = snapshot_path(context, arguments.string(0));
  const auto env = posix_env();
  KP_TRY(storage::SnapshotReader reader, open_snapshot(context, *env, path));
  const double total = static_cast<double>(std::max<std::uint64_t>(reader.header().coins, 1));
  const coins::WalkProgress progress = progress_for(context, "Loading the snapshot " + path);
  const auto loaded = context.engine().load_snapshot(
      reader, [&](std::uint64_t coins) { return progress(static_cast<double>(coins) / total); });
  if (!loaded) {
    return fail(Code::InternalError,
                fmt::format("Unable to load UTXO snapshot: {}. ({})", loaded.error().message, path));
  }
  out.begin_object();
  out.field("coins_loaded", loaded->coins);
  out.key("tip_hash"), out.hex_reversed(loaded->base->hash.view());
  out.field("base_height", loaded->base->height);
  out.field("path", path);
  out.end_object();
  return Unit{};
}

// --- the table -------------------------------------------------------------------------------------------------------

constexpr std::array kDumpOptions{
    Parameter{.name = "rollback",
              .type = Type::Number,
              .need = Need::Optional,
              .description = "Height or hash of the block whose coins are wanted",
              .checking = Checking::Unchecked},
    Parameter{.name = "in_memory",
              .type = Type::Boolean,
              .need = Need::Optional,
              .fallback = "false",
              .description = "Has no effect: what a rollback changes is always held on disk, beside the file"}};
constexpr std::array kDumpParameters{
    Parameter{.name = "path", .description = "The file to write; it must not exist"},
    Parameter{.name = "type",
              .need = Need::Optional,
              .fallback = "",
              .description = "latest: the tip's coins; rollback: those of an earlier block, by default the last one "
                             "that a snapshot can be loaded for"},
    Parameter{.name = "options", .type = Type::NamedOptions, .need = Need::Optional, .inner = kDumpOptions}};
constexpr std::array kLoadParameters{Parameter{.name = "path", .description = "The file to read"}};

constexpr std::array kMethods{
    Method{.name = "dumptxoutset",
           .category = Category::Blockchain,
           .parameters = kDumpParameters,
           .description = "Writes the set of unspent outputs to a file. The chain goes on meanwhile.",
           .result = "{\"coins_written\":n,\"base_hash\":\"hex\",\"base_height\":n,\"path\":\"str\","
                     "\"txoutset_hash\":\"hex\",\"nchaintx\":n}",
           .examples = "dumptxoutset utxo.dat latest\n-named dumptxoutset utxo.dat rollback=853456",
           .handler = dump_tx_out_set},
    Method{.name = "loadtxoutset",
           .category = Category::Blockchain,
           .parameters = kLoadParameters,
           .description =
               "Goes on from a set of unspent outputs in a file, as dumptxoutset writes it, and proves it in "
               "the background by all the blocks before. The network's parameters say which sets are "
               "accepted; the headers up to their block must be known.",
           .result = "{\"coins_loaded\":n,\"tip_hash\":\"hex\",\"base_height\":n,\"path\":\"str\"}",
           .examples = "loadtxoutset utxo.dat",
           .handler = load_tx_out_set}};

}  // namespace

std::span<const Method> snapshot_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
