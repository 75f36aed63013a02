// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool/mempool_file.h>
#include <kepeng/mempool/submission.h>
#include <kepeng/primitives/mutable_transaction.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using namespace mempool;

TxPtr transaction_of(const std::vector<OutPoint>& inputs, std::size_t extra_bytes = 0) {
  MutableTransaction tx;
  for (const OutPoint& input : inputs) tx.inputs.push_back({input, {}, 0, {Bytes{1}}});
  tx.outputs.push_back({Amount{1'000}, Bytes(extra_bytes)});
  return tx.freeze();
}

OutPoint confirmed(std::uint8_t number) {
  Txid txid;
  txid.bytes[0] = number;
  return {txid, 0};
}

// A parent and its child, in order and not; the same twice; two that spend the same.
Seeds package_seeds() {
  return {{2, 1, 1, 0, 1, 0, 1, 0, 0}, {2, 1, 1, 5, 1, 0, 1, 1, 0}, {3, 1, 1, 0, 1, 0, 1, 2, 9, 9}, Bytes(200, 1)};
}

// Made of each other: an input is a coin of the chain, or an output of one that was made before. Then any order of
// some.
std::vector<TxPtr> package_from(Input& fields) {
  std::vector<TxPtr> made;
  const std::size_t count = fields.take() % 32;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<OutPoint> inputs;
    for (std::size_t left = fields.take() % 5; left > 0; --left) {
      const std::uint8_t what = fields.take();
      const bool is_new = made.empty() || (what & 1) == 0;
      inputs.push_back(is_new ? confirmed(what) : OutPoint{made[what / 2 % made.size()]->txid, what % 2u});
    }
    const std::uint8_t extra = fields.take();
    made.push_back(transaction_of(inputs, extra >= 250 ? extra * 150u : extra));
  }
  std::vector<TxPtr> package;
  if (made.empty()) return package;
  while (!fields.empty() && package.size() < 40) package.push_back(made[fields.take() % made.size()]);
  return package.empty() ? made : package;
}

bool spends(const Transaction& tx, const Transaction& other) {
  return std::any_of(tx.inputs.begin(), tx.inputs.end(),
                     [&](const TxIn& input) { return input.prevout.txid == other.txid; });
}

// The first thing that is wrong, looked for as slowly as can be.
std::optional<std::string> first_fault(const std::vector<TxPtr>& package) {
  if (package.size() > 25) return "package-too-many-transactions";
  std::uint64_t weight = 0;
  for (const TxPtr& tx : package) weight += tx->weight();
  if (package.size() > 1 && weight > 404'000) return "package-too-large";
  const auto has_pair = [&](auto&& is_bad) {
    for (std::size_t a = 0; a < package.size(); ++a) {
      for (std::size_t b = a + 1; b < package.size(); ++b) {
        if (is_bad(*package[a], *package[b])) return true;
      }
    }
    return false;
  };
  if (has_pair([](const auto& a, const auto& b) { return a.txid == b.txid; })) return "package-contains-duplicates";
  if (has_pair([](const auto& a, const auto& b) { return spends(a, b); })) return "package-not-sorted";
  const bool has_empty =
      std::any_of(package.begin(), package.end(), [](const TxPtr& tx) { return tx->inputs.empty(); });
  const bool has_conflict = has_pair([](const Transaction& a, const Transaction& b) {
    return std::any_of(a.inputs.begin(), a.inputs.end(), [&](const TxIn& one) {
      return std::any_of(b.inputs.begin(), b.inputs.end(), [&](const TxIn& two) { return one.prevout == two.prevout; });
    });
  });
  if (has_empty || has_conflict) return "conflict-in-package";
  return std::nullopt;
}

FUZZ_TARGET(package, package_seeds) {
  Input fields{input};
  const std::vector<TxPtr> package = package_from(fields);
  KP_ASSERT(malformed(package) == first_fault(package));
  bool has_only_parents = package.size() > 1;
  bool is_flat = true;
  for (std::size_t a = 0; a + 1 < package.size(); ++a) {
    has_only_parents = has_only_parents && spends(*package.back(), *package[a]);
    for (std::size_t b = 0; b + 1 < package.size(); ++b) is_flat = is_flat && !spends(*package[a], *package[b]);
  }
  KP_ASSERT(is_child_with_parents(package) == has_only_parents);
  KP_ASSERT(is_child_with_parents_tree(package) == (has_only_parents && is_flat));
}

Seeds mempool_file_seeds() {
  MempoolFile file;
  std::vector<TxPtr> kept;
  for (std::uint8_t i = 0; i < 3; ++i) {
    const TxPtr tx = transaction_of({confirmed(i)}, 30);
    file.transactions.push_back({kept.emplace_back(tx)->raw, {1'800'000'000 + i}, {i}});
    file.deltas[tx->txid] = {-i};
    file.unbroadcast.insert(tx->txid);
  }
  return {write_mempool_file(file, FileVersion::Plain), write_mempool_file(file, FileVersion::Obfuscated),
          write_mempool_file({}, FileVersion::Plain)};
}

FUZZ_TARGET(mempool_file, mempool_file_seeds) {
  const auto file = bounded_by(input.size(), 8, [&] { return read_mempool_file(copy_of(input)); });
  if (!file) {
    KP_ASSERT(!file.error().empty());
    return;
  }
  for (const FileVersion version : {FileVersion::Plain, FileVersion::Obfuscated}) {
    const auto again = read_mempool_file(write_mempool_file(*file, version));
    KP_ASSERT(again && again->transactions.size() == file->transactions.size());
    for (std::size_t i = 0; i < file->transactions.size(); ++i) {
      const auto& a = file->transactions[i];
      const auto& b = again->transactions[i];
      KP_ASSERT(std::ranges::equal(a.raw, b.raw) && a.time == b.time && a.fee_delta == b.fee_delta);
    }
    KP_ASSERT(again->deltas == file->deltas && again->unbroadcast == file->unbroadcast);
  }
}

}  // namespace
}  // namespace kepeng::fuzz
