// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/time.h>

#include "core.h"

namespace kepeng::validation {

using consensus::BlockError;

void Engine::Core::remember_rejection(const BlockHash& hash, const BlockRejection& rejection) {
  if (rejections.size() >= kRejectionsMax) rejections.clear();
  rejections.insert_or_assign(hash, rejection);
}

// The block's header gets its place, the block is judged there, and stored.
SubmitOutcome Engine::Core::accept(const CheckedPtr& checked, std::optional<storage::BlockLocation> location) {
  const Block& block = checked->block();
  SubmitOutcome outcome;
  outcome.kind = SubmitOutcome::Kind::Rejected;
  auto placed = tree.place(block.header(), clock.now());
  if (!placed) {
    outcome.rejection = placed.error();
    return outcome;
  }
  const chain::Entry* entry = *placed;
  outcome.entry = entry;
  if (entry == tree.genesis() && location && !entry->has_data) note_genesis(*location);
  if (entry->has_data || entry == tree.genesis()) {
    outcome.kind = SubmitOutcome::Kind::Duplicate;
    return outcome;
  }
  note_changed(entry);
  const chain::EntryAncestry parent{entry->parent};
  const auto verdict = consensus::check_place(*checked, {parent, network});
  if (!verdict) {
    outcome.rejection = verdict.error();
    // A mutated body says nothing about the hash (C-101).
    if (verdict.error().what_it_condemns() == consensus::Condemns::Hash) condemn(entry, verdict.error());
    return outcome;
  }
  auto stored = store_block(entry, checked, location);
  if (!stored) {
    outcome.kind = SubmitOutcome::Kind::Stored;
    fail(std::move(stored).error());
    return outcome;
  }
  return *stored;
}

Result<SubmitOutcome, Fault> Engine::Core::store_block(const chain::Entry* entry, const CheckedPtr& checked,
                                                       const std::optional<storage::BlockLocation>& location) {
  const Block& block = checked->block();
  const storage::BlockFacts facts{entry->height, entry->header.time};
  storage::FilePosition position;
  if (location) {
    files->note_existing(*location, facts);
    position = location->position;
  } else {
    KP_TRY(position, files->append_block(block.raw(), facts));
  }
  entry->file = position.file;
  entry->data_offset = position.offset;
  entry->has_data = true;
  entry->validity = std::max(entry->validity.load(), chain::Validity::Transactions);
  for (const chain::Entry* ready : candidates.receive(entry, static_cast<std::uint32_t>(block.transactions().size()))) {
    if (!ready->is_invalid() && !chain::is_worse(ready, active->settled)) candidates.insert(ready);
  }
  const bool is_below = background != nullptr && background->goal->descends_from(*entry);
  Chainstate& state = is_below ? *background : *active;
  if (state.recent_bytes < kRecentBytesMax) state.keep(entry, checked);
  return SubmitOutcome{SubmitOutcome::Kind::Stored, std::nullopt, entry};
}

// A reindex came to the record of the first block.
void Engine::Core::note_genesis(const storage::BlockLocation& location) {
  const chain::Entry* genesis = tree.genesis();
  files->note_existing(location, {0, genesis->header.time});
  genesis->file = location.position.file;
  genesis->data_offset = location.position.offset;
  genesis->has_data = true;
  note_changed(genesis);
}

// Parsing and checking in a worker; the result waits in `arrivals` for its turn.
void Engine::Core::hand_to_parser(Bytes raw, ArrivalPtr arrival) {
  arrival->bytes = raw.size();
  {
    std::scoped_lock hold{mutex};
    arrival_bytes += arrival->bytes;
    arrivals.push_back(arrival);
  }
  auto shared = std::make_shared<Bytes>(std::move(raw));
  // Before scripts: the chain thread must not run out of blocks to apply.
  pool->post(WorkPool::Lane::Urgent, [this, shared, arrival](unsigned) {
    const std::int64_t since = steady_ns();
    auto parsed = parse_block(std::move(*shared));
    if (parsed) judge_alone(std::move(parsed).value(), *arrival);
    counters.parse_ns += static_cast<std::uint64_t>(steady_ns() - since);
    std::scoped_lock hold{mutex};
    arrival->is_ready = true;
  });
  // Without workers the chain thread parses too, and it may be asleep.
  if (pool->threads() == 0) signal();
}

// The same for a block that is parsed already.
void Engine::Core::hand_to_checker(BlockPtr block, ArrivalPtr arrival) {
  arrival->bytes = block->raw().size();
  {
    std::scoped_lock hold{mutex};
    arrival_bytes += arrival->bytes;
    arrivals.push_back(arrival);
  }
  pool->post(WorkPool::Lane::Urgent, [this, block = std::move(block), arrival](unsigned) {
    judge_alone(block, *arrival);
    std::scoped_lock hold{mutex};
    arrival->is_ready = true;
  });
  if (pool->threads() == 0) signal();
}

// All that needs neither place nor coins. Any thread.
void Engine::Core::judge_alone(BlockPtr block, Arrival& arrival) const {
  arrival.hash = block->hash();
  arrival.header = block->header();
  arrival.previous = block->header().previous;
  auto checked = consensus::check_block(std::move(block), network);
  if (checked) {
    arrival.checked.emplace(CheckedPtr{std::make_shared<CheckedBlock>(std::move(checked).value())});
  } else {
    arrival.checked.emplace(Err{checked.error()});
  }
}

bool Engine::Core::wait_for_window() {
  std::unique_lock hold{mutex};
  window.wait(hold, [&] { return stopping || hurry || arrival_bytes < kArrivalBytesMax || fault().has_value(); });
  return !stopping && !hurry && !fault();
}

// The next block that was imported or handed in, in that order.
bool Engine::Core::take_arrival() {
  ArrivalPtr arrival;
  {
    std::scoped_lock hold{mutex};
    if (arrivals.empty() || !arrivals.front()->is_ready) return false;
    arrival = arrivals.front();
    arrivals.pop_front();
    arrival_bytes -= arrival->bytes;
  }
  window.notify_all();
  const std::int64_t since = steady_ns();
  if (!arrival->checked) {
    ++import_unusable;  // no block at all
  } else {
    const SubmitOutcome outcome = judge_arrival(*arrival);
    if (arrival->on_taken) {
      arrival->on_taken(outcome);
    } else {
      note_import(*arrival, outcome);
    }
  }
  counters.intake_ns += static_cast<std::uint64_t>(steady_ns() - since);
  return true;
}

SubmitOutcome Engine::Core::judge_arrival(const Arrival& arrival) {
  // While the block files are read again nobody knows yet where they end: a new block would be written over old ones.
  if (reindexing && arrival.on_taken) return {SubmitOutcome::Kind::Rejected, std::nullopt, nullptr};
  if (*arrival.checked) return accept(arrival.checked->value(), arrival.source.location);
  const BlockRejection& rejection = arrival.checked->error();
  SubmitOutcome outcome{SubmitOutcome::Kind::Rejected, rejection, nullptr};
  // Its header may have a place; a hash that commits to the failing data is remembered as invalid.
  const auto placed = tree.place(arrival.header, clock.now());
  if (!placed) return outcome;
  outcome.entry = *placed;
  if (rejection.what_it_condemns() == consensus::Condemns::Hash && !(*placed)->has_data) condemn(*placed, rejection);
  return outcome;
}

void Engine::Core::note_import(const Arrival& arrival, const SubmitOutcome& outcome) {
  if (outcome.rejection && outcome.rejection->error == BlockError::PreviousNotFound && *arrival.checked) {
    import_orphans.emplace(arrival.previous, arrival.source);
  } else if (outcome.rejection) {
    ++import_unusable;
    KP_LOG_INFO(log, "Imported block {} refused: {}", arrival.hash.to_string(), outcome.rejection->reason());
  } else if (outcome.kind == SubmitOutcome::Kind::Stored) {
    ++import_new;
  }
  if (outcome.entry == nullptr) return;
  const auto [first, last] = import_orphans.equal_range(arrival.hash);
  for (auto orphan = first; orphan != last; ++orphan) orphans_ready.push_back(orphan->second);
  import_orphans.erase(first, last);
}

}  // namespace kepeng::validation
