// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "batch.h"

#include <algorithm>

namespace kepeng::mempool_service {
namespace {

// Enough work for a task to be worth its way through the queue.
constexpr std::size_t kInputsPerGroup = 16;
// Some hundredths of a second of one core; a single transaction may bring more.
constexpr std::uint64_t kSignaturesPerBatch = 1'500;
constexpr std::size_t kBytesPerSignature = 8;

// How many signatures may have to be verified, at most by what is known of it: of one that lacks an input, which may be
// on its way in, only what brings signatures and keys is.
std::uint64_t signatures_of(const Candidate& candidate, const mempool::Attempt* attempt) {
  if (attempt != nullptr) return attempt->entry.sigops_cost;
  std::size_t bytes = 0;
  for (const TxIn& input : candidate.tx->inputs) {
    bytes += input.script_sig.size();
    for (const ByteView item : input.witness) bytes += item.size();
  }
  return bytes / kBytesPerSignature;
}

}  // namespace

Verifiers::Verifiers(unsigned workers, std::uint64_t signature_cache_bytes)
    : signatures_{signature_cache_bytes}, interpreters_(workers + 1), pool_{workers, "scripts", [] {}} {}

Batch::~Batch() {
  for (const auto& group : groups_) wait_for(*group);
}

// Of one that conflicts with what is in the pool. Where its parents are not in there yet, nothing can be said.
bool Batch::is_worth_scripts(mempool::Attempt& attempt, mempool::Leniency leniency) const {
  const auto& parents = attempt.spent.parents;
  const bool has_all = std::all_of(parents.begin(), parents.end(), [&](const TxPtr& parent) {
    return admission_.pool().find(parent->wtxid) != nullptr;
  });
  return has_all && admission_.judge(attempt, leniency).ok();
}

std::size_t Batch::examine(std::span<const Candidate> candidates) {
  slots_.resize(candidates.size());
  mempool::Companions before;  // those that were found good so far, but for their scripts
  before.reserve(candidates.size());
  std::shared_ptr<Group> group;  // that is being filled
  std::size_t inputs = 0;
  std::uint64_t signatures = 0;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < candidates.size() && signatures < kSignaturesPerBatch; ++i) {
    taken = i + 1;
    auto attempt = admission_.examine(candidates[i].tx, now_, before, candidates[i].leniency);
    signatures += signatures_of(candidates[i], attempt ? &*attempt : nullptr);
    if (!attempt) continue;  // told when its turn comes: it may lack a parent that is on its way in
    if (!attempt->conflicts.empty() && !is_worth_scripts(*attempt, candidates[i].leniency)) continue;
    before.add(candidates[i].tx);
    Slot& slot = slots_[i];
    slot.attempt = std::move(attempt).value();
    if (group == nullptr) {
      group = groups_.emplace_back(std::make_shared<Group>());
      inputs = 0;
    }
    slot.group = groups_.size() - 1;
    group->slots.push_back(&slot);
    inputs += slot.attempt->tx().inputs.size();
    if (inputs < kInputsPerGroup) continue;
    post(std::exchange(group, nullptr));
  }
  if (group != nullptr) post(std::move(group));
  return taken;
}

void Batch::post(std::shared_ptr<Group> group) {
  const auto verify = [&verifiers = verifiers_, signatures = signatures_, group = std::move(group)](unsigned runner) {
    mempool::ScriptTools tools = verifiers.tools_of(runner);
    if (signatures == Signatures::Forgotten) tools.cache = nullptr;
    for (Slot* slot : group->slots) slot->verdict = mempool::check_scripts(*slot->attempt, tools);
    group->is_done = true;
    group->is_done.notify_all();
  };
  verifiers_.pool().post(WorkPool::Lane::Normal, verify);
}

void Batch::wait_for(const Group& group) {
  while (!group.is_done) {
    if (!verifiers_.pool().run_one()) group.is_done.wait(false);
  }
}

Result<mempool::PackageOutcome, Fault> Batch::enter(const Candidate& candidate) {
  Slot& slot = slots_[next_++];
  mempool::Submission submission{{admission_, verifiers_.tools(), now_}};
  if (!slot.attempt) {
    return submission.one(candidate.tx, mempool::Submission::Purpose::Enter, candidate.leniency);
  }
  wait_for(*groups_[slot.group]);
  // The examination's pointers into the pool may have gone stale: whoever conflicted is looked up anew.
  return submission.one(*std::exchange(slot.attempt, std::nullopt), *slot.verdict, candidate.leniency);
}

}  // namespace kepeng::mempool_service
