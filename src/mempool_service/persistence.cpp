// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// mempool.dat: what the pool holds, over a restart.

#include <kepeng/base/files.h>
#include <kepeng/mempool/mempool_file.h>

#include "core.h"

namespace kepeng::mempool_service {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{4} << 30;

}  // namespace

Result<std::size_t, Fault> MempoolService::Core::save() const {
  if (options.directory.empty()) return std::size_t{0};
  mempool::MempoolFile file;
  // Nobody before what it spends.
  pool.visit_chunks([&](const mempool::ChunkView& chunk) {
    for (const mempool::Entry* entry : chunk.entries) {
      file.transactions.push_back({entry->tx, entry->time, {entry->modified_fee.sats - entry->fee.sats}});
    }
    return true;
  });
  for (const auto& [txid, delta] : admission.priorities()) {
    if (pool.find(txid) == nullptr) file.deltas[txid] = delta;
  }
  file.unbroadcast = unbroadcast;
  KP_TRY_VOID(write_file_atomically(with.env, options.directory + "/mempool.dat",
                                    mempool::write_mempool_file(file, options.file_version)));
  return file.transactions.size();
}

Result<MempoolService::Loaded, Fault> MempoolService::Core::load(const std::string& path,
                                                                 const ImportChoices& choices) {
  KP_TRY(const Bytes bytes, read_file(with.env, path, kFileBytesMax));
  auto file = mempool::read_mempool_file(bytes);
  if (!file) return Err{Fault{FaultKind::Corruption, path + " cannot be used: " + file.error() + "."}};
  Loaded loaded;
  const UnixTime now = with.clock.now();
  if (choices.takes_unbroadcast) unbroadcast.insert(file->unbroadcast.begin(), file->unbroadcast.end());
  for (const auto& kept : file->transactions) {
    if (mailbox.is_closed()) break;
    if (choices.takes_deltas && kept.fee_delta.sats != 0) admission.prioritise(kept.tx->txid, kept.fee_delta);
    const UnixTime arrived = choices.uses_current_time ? now : kept.time;
    if (now - arrived > options.admission.expiry_seconds) {
      ++loaded.expired;
      continue;
    }
    if (pool.find(kept.tx->txid) != nullptr) {
      ++loaded.known;
      continue;
    }
    const std::array<TxPtr, 1> one{kept.tx};
    const auto outcome = judge(one, [&](mempool::Submission& submission) {
      return submission.one(kept.tx, mempool::Submission::Purpose::Enter, {.arrived = arrived});
    });
    ++(outcome && !outcome->added.empty() ? loaded.accepted : loaded.failed);
  }
  if (choices.takes_deltas) {
    for (const auto& [txid, delta] : file->deltas) admission.prioritise(txid, delta);
  }
  std::erase_if(unbroadcast, [&](const Txid& txid) { return pool.find(txid) == nullptr; });
  return loaded;
}

}  // namespace kepeng::mempool_service
