// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// mempool.dat: what the pool holds, over a restart.

#include <future>

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
  const auto& deltas = admission.priorities();
  // Nobody before what it spends.
  pool.visit_chunks([&](const mempool::ChunkView& chunk) {
    for (const mempool::Entry* entry : chunk.entries) {
      const auto delta = deltas.find(entry->txid());
      file.transactions.push_back({entry->tx->raw(), entry->time, delta == deltas.end() ? Amount{} : delta->second});
    }
    return true;
  });
  for (const auto& [txid, delta] : deltas) {
    if (pool.find(txid) == nullptr) file.deltas[txid] = delta;
  }
  file.unbroadcast = unbroadcast;
  KP_TRY_VOID(write_file_atomically(with.env, options.directory + "/mempool.dat",
                                    mempool::write_mempool_file(file, options.file_version)));
  return file.transactions.size();
}

Result<mempool::MempoolFile, Fault> MempoolService::Core::read(const std::string& path) const {
  KP_TRY(Bytes bytes, read_file(with.env, path, kFileBytesMax));
  auto file = mempool::read_mempool_file(std::move(bytes));
  if (!file) return Err{Fault{FaultKind::Corruption, path + " cannot be used: " + file.error() + "."}};
  return std::move(file).value();
}

void MempoolService::Core::load_at_start() {
  const std::string path = options.directory + "/mempool.dat";
  if (!options.keeps || options.directory.empty()) {
    is_loaded = true;
    return;
  }
  auto file = read(path);
  if (!file) {
    const Fault& why = file.error();
    if (why.kind == FaultKind::Corruption) set_aside(path, why);
    // A file that cannot be read now is not written over: the disk may answer next time.
    is_loaded = why.kind == FaultKind::NotFound || why.kind == FaultKind::Corruption;
    if (!is_loaded) KP_LOG_WARNING(with.log, "{} The mempool begins empty and is not saved.", why.message);
    return;
  }
  loadings.push_back({std::move(file).value(), {}, [this](const Result<Loaded, Fault>& result) {
                        is_loaded = result.ok();
                        if (!result) return;
                        KP_LOG_INFO(with.log, "Loaded mempool: {} accepted, {} failed, {} expired, {} known",
                                    result->accepted, result->failed, result->expired, result->known);
                      }});
}

void MempoolService::Core::set_aside(const std::string& path, const Fault& why) const {
  const std::string aside = path + ".damaged";
  const auto renamed = with.env.rename(path, aside);
  KP_LOG_WARNING(with.log, "{} The mempool begins empty; {}", why.message,
                 renamed ? "the file is kept as " + aside + "." : "the file will be written over.");
}

// Any thread.
Result<MempoolService::Loaded, Fault> MempoolService::Core::load(const std::string& path,
                                                                 const ImportChoices& choices) {
  KP_TRY(auto file, read(path));
  std::promise<Result<Loaded, Fault>> promise;
  auto answer = promise.get_future();
  const bool is_posted = mailbox.post([&] {
    loadings.push_back({std::move(file), choices, [&](const Result<Loaded, Fault>& end) { promise.set_value(end); }});
  });
  if (!is_posted) return Err{stopped()};
  if (options.drive == Drive::Caller) finish_loading();
  return answer.get();
}

// The next of the file, as many as are judged in one go.
std::vector<Candidate> MempoolService::Core::next_candidates(Loading& loading) {
  std::vector<Candidate> candidates;
  candidates.reserve(kBatchMax);
  const UnixTime now = with.clock.now();
  const auto& all = loading.file.transactions;
  for (; loading.next < all.size() && candidates.size() < kBatchMax; ++loading.next) {
    const auto& kept = all[loading.next];
    Cursor raw{kept.raw};
    TxPtr tx = read_transaction(raw).value();  // the structure is right
    if (loading.choices.takes_deltas && kept.fee_delta.sats != 0) admission.prioritise(tx->txid, kept.fee_delta);
    const UnixTime arrived = loading.choices.uses_current_time ? now : kept.time;
    if (now - arrived > options.admission.expiry_seconds) {
      ++loading.loaded.expired;
    } else if (pool.find(tx->txid) != nullptr) {
      ++loading.loaded.known;
    } else {
      candidates.push_back({std::move(tx), {.arrived = arrived}});
    }
  }
  return candidates;
}

// Looks at the next ones, whose scripts are verified meanwhile, and lets those in that were looked at before: the
// verifiers always have work.
void MempoolService::Core::load_some() {
  Loading& loading = loadings.front();
  if (loading.next == 0 && loading.choices.takes_unbroadcast) {
    unbroadcast.insert(loading.file.unbroadcast.begin(), loading.file.unbroadcast.end());
  }
  auto before = std::move(loading.under_way);
  auto next = std::make_unique<UnderWay>();
  next->candidates = next_candidates(loading);
  next->signatures = Batch::Signatures::Forgotten;
  next->why = MempoolEvent::Why::Restored;
  const bool is_last = next->candidates.empty();
  std::optional<Fault> fault;
  if (!is_last) {
    if (const auto looked = look_ahead(*next); !looked) fault = looked.error();
    loading.under_way = std::move(next);
  }
  while (before != nullptr && before->next < before->candidates.size()) {
    enter(*before, [&](std::size_t, const Outcome& outcome) {
      if (!outcome) fault = outcome.error();
      ++(outcome && !outcome->added.empty() ? loading.loaded.accepted : loading.loaded.failed);
    });
  }
  // A failure of ours says nothing about the rest.
  if (fault) return end_loading(Err{*fault});
  if (!is_last) return;
  if (loading.choices.takes_deltas) {
    for (const auto& [txid, delta] : loading.file.deltas) admission.prioritise(txid, delta);
  }
  std::erase_if(unbroadcast, [&](const Txid& txid) { return pool.find(txid) == nullptr; });
  end_loading(loading.loaded);
}

void MempoolService::Core::end_loading(const Result<Loaded, Fault>& result) {
  const auto on_end = std::move(loadings.front().on_end);
  loadings.pop_front();
  on_end(result);
}

}  // namespace kepeng::mempool_service
