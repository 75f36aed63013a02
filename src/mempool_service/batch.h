// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Batch: many transactions on their way into the pool at once, their scripts verified by all threads. Private to
// mempool_service.
//
// Each is first judged by all that needs no script, as of one tip, so that nobody can make us verify what we would not
// take anyway; the scripts of those that pass go to the workers in groups. Then each goes into the pool, in the order
// in which they came, as soon as its verdict is there; the mempool thread takes part in the verifying while it waits. A
// transaction that spends one before it counts on that one's getting in; if it does not, its scripts were for nothing.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include <kepeng/base/work_pool.h>
#include <kepeng/mempool/submission.h>
#include <kepeng/script_cache/caches.h>

namespace kepeng::mempool_service {

// One interpreter for each thread that may verify.
class Verifiers {
 public:
  Verifiers(unsigned workers, std::uint64_t signature_cache_bytes);

  // For the mempool thread.
  mempool::ScriptTools tools() { return tools_of(pool_.threads()); }
  mempool::ScriptTools tools_of(unsigned runner) { return {interpreters_[runner], &signatures_}; }
  WorkPool& pool() { return pool_; }

 private:
  script_cache::SharedSignatureCache signatures_;
  std::vector<script::Interpreter> interpreters_;
  WorkPool pool_;  // ends first
};

// A transaction, and how it is to be judged.
struct Candidate {
  TxPtr tx;
  mempool::Leniency leniency{};
};

class Batch {
 public:
  // Are single signatures remembered? Those of transactions that will not come again need not be: what all scripts of
  // an accepted transaction came to is remembered anyway.
  enum class Signatures : std::uint8_t { Remembered, Forgotten };
  Batch(mempool::Admission& admission, Verifiers& verifiers, mempool::Admission::Now now, Signatures signatures)
      : admission_{admission}, verifiers_{verifiers}, now_{now}, signatures_{signatures} {}
  // Waits for the workers.
  ~Batch();

  // Without scripts; those that pass are under way to the workers afterwards. Takes the first of them, as many as a
  // fraction of a second suffices for, at least one; how many.
  std::size_t examine(std::span<const Candidate> candidates);
  // The next one in order, into the pool or not.
  Result<mempool::PackageOutcome, Fault> enter(const Candidate& candidate);

 private:
  struct Slot {
    std::optional<mempool::Attempt> attempt;
    std::optional<mempool::ScriptVerdict> verdict;
    std::size_t group = 0;
  };
  // What one task verifies. Shared with the task, which says that it is done as its last act.
  struct Group {
    std::vector<Slot*> slots;
    std::atomic<bool> is_done{false};
  };
  bool is_worth_scripts(mempool::Attempt& attempt, mempool::Leniency leniency) const;
  void post(std::shared_ptr<Group> group);
  void wait_for(const Group& group);

  mempool::Admission& admission_;
  Verifiers& verifiers_;
  mempool::Admission::Now now_;
  Signatures signatures_;
  std::vector<Slot> slots_;
  std::vector<std::shared_ptr<Group>> groups_;
  std::size_t next_ = 0;
};

}  // namespace kepeng::mempool_service
