// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What is judged of a transaction against the pool as it is: families, replacement, limits; and putting it in.

#include <algorithm>

#include <kepeng/mempool/admission.h>
#include <kepeng/policy/standard.h>
#include <kepeng/policy/truc.h>
#include <kepeng/primitives/saturating.h>

#include "conflicts.h"
#include "money.h"

namespace kepeng::mempool {
namespace {

using policy::Rejection;
using Kind = policy::Rejection::Kind;

Err<Refusal> refused(Kind kind, std::string reason, std::string detail = {}) {
  return Err{Refusal{Rejection{kind, std::move(reason), std::move(detail)}}};
}

bool has(std::span<const Entry* const> entries, const Entry* one) {
  return std::find(entries.begin(), entries.end(), one) != entries.end();
}

}  // namespace

Result<Plan, Refusal> Admission::judge(Attempt& attempt, Leniency leniency) const {
  if (!leniency.any_family) KP_TRY_VOID(judge_family(attempt, Siblings::MayGo));
  KP_TRY(auto replaced, judge_conflicts(attempt));
  if (!replaced.empty()) KP_TRY_VOID(judge_payment(attempt, replaced));
  Plan plan = with_.pool.plan({.remove = replaced, .add = {attempt.entry}});
  if (plan.exceeds_limits()) return refused(Kind::Policy, std::string{kTooLargeCluster});
  if (!replaced.empty() && !std::is_gt(cluster::compare_diagrams(plan.diagram_after(), plan.diagram_before()))) {
    return refused(Kind::Fees, "replacement-failed", "insufficient feerate: does not improve feerate diagram");
  }
  KP_TRY_VOID(judge_own_conflicts(attempt));
  KP_TRY_VOID(judge_ephemeral_parents(attempt));
  return plan;
}

Result<Unit, Refusal> Admission::judge_family(Attempt& attempt, Siblings siblings_may) const {
  const Transaction& tx = attempt.tx();
  std::vector<policy::TrucParent> parents;
  const auto entries = with_.pool.parents(tx);
  for (const Entry* parent : entries) {
    const std::vector<const Entry*> one{parent};
    // Once one of the children goes there is room.
    const auto children = with_.pool.children(*parent);
    const bool makes_room = std::any_of(children.begin(), children.end(),
                                        [&](const Entry* child) { return has(attempt.conflicts, child); });
    const std::size_t descendants = makes_room ? 1 : with_.pool.descendants(one).size();
    parents.push_back({{parent->txid(), parent->wtxid()},
                       parent->tx->version() == policy::kTrucVersion,
                       with_.pool.ancestors(one).size(),
                       descendants});
  }
  const auto judged = policy::check_truc({{tx.txid, tx.wtxid}, tx.version, attempt.entry.size, parents});
  if (judged) return Unit{};
  // The other child goes, if it stands alone and the newcomer pays for that.
  if (judged.error().is_full_parent && siblings_may == Siblings::MayGo) {
    const auto siblings = with_.pool.children(*entries.front());
    const bool is_alone = siblings.size() == 1 && with_.pool.children(*siblings.front()).empty() &&
                          with_.pool.parents(*siblings.front()).size() == 1;
    if (is_alone) {
      attempt.conflicts.push_back(siblings.front());
      attempt.evicts_sibling = true;
      return Unit{};
    }
  }
  return Err{Refusal{judged.error().rejection}};
}

// All that would go.
Result<std::vector<const Entry*>, Refusal> Admission::judge_conflicts(const Attempt& attempt) const {
  if (attempt.conflicts.empty()) return std::vector<const Entry*>{};
  if (auto detail = too_many_clusters(attempt.tx().txid, attempt.conflicts)) {
    const std::string sibling = attempt.evicts_sibling ? " (including sibling eviction)" : "";
    return refused(Kind::Policy, "too many potential replacements" + sibling, *std::move(detail));
  }
  return with_.pool.descendants(attempt.conflicts);
}

// It may not spend what it pushes out.
Result<Unit, Refusal> Admission::judge_own_conflicts(const Attempt& attempt) const {
  if (attempt.conflicts.empty()) return Unit{};
  const auto parents = with_.pool.parents(attempt.tx());
  for (const Entry* ancestor : with_.pool.ancestors(parents)) {
    if (!has(attempt.conflicts, ancestor)) continue;
    return refused(Kind::Consensus, "bad-txns-spends-conflicting-tx",
                   attempt.tx().txid.to_string() + " spends conflicting transaction " + ancestor->txid().to_string());
  }
  return Unit{};
}

Result<Unit, Refusal> Admission::judge_payment(const Attempt& attempt, std::span<const Entry* const> replaced) const {
  const std::string reason =
      std::string{"insufficient fee"} + (attempt.evicts_sibling ? " (including sibling eviction)" : "");
  const std::string who = "rejecting replacement " + attempt.tx().txid.to_string() + ", ";
  const Amount going = modified_fees(replaced);
  const Amount paid = attempt.entry.modified_fee;
  if (paid < going) {
    return refused(Kind::Fees, reason, who + "less fees than conflicting txs; " + money(paid) + " < " + money(going));
  }
  // It has to pay for its own way through the network as well.
  const Amount more = saturating_subtract(paid, going);
  const Amount wanted = options_.policy.incremental.fee_for(attempt.entry.size);
  if (more < wanted) {
    return refused(Kind::Fees, reason,
                   who + "not enough additional fees to relay; " + money(more) + " < " + money(wanted));
  }
  return Unit{};
}

// Dust that waits for its spender must be spent by whoever spends anything of its transaction.
Result<Unit, Refusal> Admission::judge_ephemeral_parents(const Attempt& attempt) const {
  const Transaction& tx = attempt.tx();
  if (!options_.policy.requires_standard) return Unit{};
  for (const TxPtr& parent : attempt.spent.parents) {
    for (std::uint32_t i = 0; i < parent->outputs.size(); ++i) {
      if (!policy::is_dust(parent->outputs[i], options_.policy.dust)) continue;
      const OutPoint dust{parent->txid, i};
      const bool is_spent =
          std::any_of(tx.inputs.begin(), tx.inputs.end(), [&](const TxIn& input) { return input.prevout == dust; });
      if (is_spent) continue;
      return refused(
          Kind::Policy, "missing-ephemeral-spends",
          "tx " + tx.txid.to_string() + " (wtxid=" + tx.wtxid.to_string() + ") did not spend parent's ephemeral dust");
    }
  }
  return Unit{};
}

Admission::Settled Admission::settle(Plan plan) {
  Settled settled;
  for (const Entry* entry : plan.removed()) settled.replaced.push_back(entry->tx);
  settled.entries = with_.pool.apply(std::move(plan));
  for (const Entry* entry : settled.entries) oldest_ = std::min(oldest_, entry->time);
  return settled;
}

std::vector<PackedTxPtr> Admission::remove(std::vector<const Entry*> entries) {
  std::vector<PackedTxPtr> gone;
  for (const Entry* entry : entries) gone.push_back(entry->tx);
  if (!entries.empty()) with_.pool.apply(with_.pool.plan({.remove = std::move(entries)}));
  return gone;
}

std::vector<PackedTxPtr> Admission::trim(UnixTime now) {
  std::vector<PackedTxPtr> gone;
  while (pool_usage() > options_.bytes_max) {
    const auto worst = with_.pool.worst_chunk();
    if (!worst) break;
    const std::int64_t size = policy::virtual_size(worst->worth.size);
    minimum_.note_evicted(1000.0 * static_cast<double>(worst->worth.fee) / static_cast<double>(size), now);
    // Whoever spends part of the chunk is in a chunk that pays less, or in this one: nobody is left behind.
    auto some = remove({worst->entries.begin(), worst->entries.end()});
    gone.insert(gone.end(), some.begin(), some.end());
  }
  return gone;
}

std::vector<PackedTxPtr> Admission::expire(UnixTime now) {
  if (now - oldest_ <= options_.expiry_seconds) return {};
  std::vector<const Entry*> old;
  oldest_ = UnixTime{std::numeric_limits<std::int64_t>::max()};
  with_.pool.visit([&](const Entry& entry) {
    if (now - entry.time > options_.expiry_seconds) {
      old.push_back(&entry);
    } else {
      oldest_ = std::min(oldest_, entry.time);
    }
    return true;
  });
  return remove(with_.pool.descendants(old));
}

void Admission::prioritise(const Txid& txid, Amount delta) {
  Amount& sum = priorities_[txid];
  sum = saturating_add(sum, delta);
  if (const Entry* entry = with_.pool.find(txid)) {
    with_.pool.set_modified_fee(*entry, saturating_add(entry->modified_fee, delta));
  }
  if (sum.sats == 0) priorities_.erase(txid);
}

}  // namespace kepeng::mempool
