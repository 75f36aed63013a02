// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/storage/block_scanner.h>

#include "core.h"

namespace kepeng::validation {
namespace {

constexpr std::size_t kHeadersPerBatch = 2000;

Fault interrupted() {
  return {FaultKind::Interrupted, "The import was interrupted."};
}

}  // namespace

Result<ImportProgress, Fault> Engine::Core::import_files(const std::vector<ImportSource>& sources,
                                                         const Engine::ProgressCallback& tell) {
  ImportProgress progress;
  for (const ImportSource& source : sources) {
    KP_TRY(const FileStatus status, env.status(source.path));
    progress.bytes_total += status.size;
  }
  importing = true;
  const auto run_all = [&]() -> Result<Unit, Fault> {
    KP_TRY_VOID(run_in_chain_thread([&] {
      import_new = 0;
      import_unusable = 0;
    }));
    // Headers first: what is known about the chain (its work, an assumed-valid block) counts from the first block on.
    for (const ImportSource& source : sources) KP_TRY_VOID(import_headers(source));
    for (const ImportSource& source : sources) KP_TRY_VOID(import_records(source, progress, tell));
    KP_TRY_VOID(adopt_orphans());
    KP_TRY_VOID(wait_until_settled());
    return run_in_chain_thread([&] {
      progress.blocks = import_new;
      progress.unusable = import_unusable + import_orphans.size();
      import_orphans.clear();
    });
  };
  auto result = run_all();
  importing = false;
  if (!result) return Err{std::move(result).error()};
  progress.bytes = progress.bytes_total;
  return progress;
}

// Best effort: the first thing that is no plain record ends it, and the full scan finds what is behind.
Result<Unit, Fault> Engine::Core::import_headers(const ImportSource& source) {
  constexpr std::size_t kHeadBytes = storage::kRecordHeaderBytes + BlockHeader::kSize;
  KP_TRY(const auto file, env.open_random(source.path, ReadMode::Copy));
  KP_TRY(const std::uint64_t size, file->size());
  std::vector<BlockHeader> batch;
  const auto pass_on = [&] {
    return run_in_chain_thread([&] {
      for (const BlockHeader& header : batch) {
        const auto placed = tree.place(header, clock.now());
        if (placed) note_changed(*placed);
      }
      batch.clear();
    });
  };
  Bytes head(kHeadBytes);
  for (std::uint64_t at = 0; at + kHeadBytes <= size;) {
    KP_TRY(const ByteView view, file->read_at(at, head));
    if (view.size() < kHeadBytes) break;
    Bytes plain(view.begin(), view.end());
    storage::obfuscate(plain, source.key, at);
    const auto length = load_le<std::uint32_t>(plain.data() + 4);
    if (!equal(ByteView{plain}.first(4), network.magic) || length < BlockHeader::kSize) break;
    batch.push_back(BlockHeader::decode(plain.data() + storage::kRecordHeaderBytes));
    if (batch.size() == kHeadersPerBatch) KP_TRY_VOID(pass_on());
    at += storage::kRecordHeaderBytes + std::uint64_t{length};
  }
  return pass_on();
}

Result<Unit, Fault> Engine::Core::import_records(const ImportSource& source, ImportProgress& progress,
                                                 const Engine::ProgressCallback& tell) {
  KP_TRY(auto scanner, storage::BlockScanner::open(env, source.path, network.magic, source.key));
  const auto path = std::make_shared<const std::string>(source.path);
  const std::uint64_t bytes_before = progress.bytes;
  for (;;) {
    if (!wait_for_window()) return Err{interrupted()};
    KP_TRY(const auto record, scanner.next());
    progress.bytes = bytes_before + scanner.position();
    if (!record) return Unit{};
    auto arrival = std::make_shared<Arrival>();
    arrival->source = {path, source.key, record->offset, record->bytes.size(), std::nullopt};
    if (source.own_file >= 0) {
      arrival->source.location = storage::BlockLocation{{source.own_file, static_cast<std::uint32_t>(record->offset)},
                                                        static_cast<std::uint32_t>(record->bytes.size())};
    }
    hand_to_parser(Bytes(record->bytes.begin(), record->bytes.end()), std::move(arrival));
    if (!tell(progress)) return Err{interrupted()};
  }
}

// Waits until every block that was handed in has been taken.
Result<Unit, Fault> Engine::Core::drain_arrivals() {
  {
    std::unique_lock hold{mutex};
    window.wait(hold, [&] { return stopping || hurry || arrivals.empty() || fault().has_value(); });
  }
  return run_in_chain_thread([] {});  // the last one has been dealt with once this runs
}

// Blocks whose parents came later are read again from where they stand, until no more find their place.
Result<Unit, Fault> Engine::Core::adopt_orphans() {
  for (;;) {
    KP_TRY_VOID(drain_arrivals());
    KP_TRY(const auto ready, call([&] { return std::exchange(orphans_ready, {}); }));
    if (ready.empty()) return Unit{};
    for (const SourceRecord& record : ready) {
      KP_TRY(Bytes raw, read_source(record));
      auto arrival = std::make_shared<Arrival>();
      arrival->source = record;
      if (!wait_for_window()) return Err{interrupted()};
      hand_to_parser(std::move(raw), std::move(arrival));
    }
  }
}

Result<Bytes, Fault> Engine::Core::read_source(const SourceRecord& source) const {
  KP_TRY(const auto file, env.open_random(*source.path, ReadMode::Copy));
  Bytes scratch(source.bytes);
  KP_TRY(const ByteView view, file->read_at(source.offset, scratch));
  Bytes raw(view.begin(), view.end());
  storage::obfuscate(raw, source.key, source.offset);
  return raw;
}

}  // namespace kepeng::validation
