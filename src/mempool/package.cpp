// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Several transactions judged together: families of version 3, what they replace, what they pay.

#include <algorithm>

#include <fmt/format.h>

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

bool spends(const Transaction& tx, const Txid& parent) {
  return std::any_of(tx.inputs.begin(), tx.inputs.end(),
                     [&](const TxIn& input) { return input.prevout.txid == parent; });
}

// With sizes in virtual bytes, each rounded up by itself.
cluster::FeeSize paid_by(std::span<Attempt* const> package) {
  cluster::FeeSize sum;
  for (const Attempt* one : package) sum += {one->entry.worth().fee, one->entry.size};
  return sum;
}

// With all eight decimals.
std::string rate_text(const cluster::FeeSize& paid) {
  const std::int64_t rate = paid.fee_for(1'000);
  return fmt::format("{}.{:08} BTC/kvB", rate / kSatsPerCoin, rate % kSatsPerCoin);
}

policy::TrucName name_of(const Transaction& tx) {
  return {tx.txid, tx.wtxid};
}
policy::TrucName name_of(const Entry& entry) {
  return {entry.txid(), entry.wtxid()};
}

// As the pool would be with the others in it.
std::vector<policy::TrucParent> family_of(const Attempt& attempt, std::span<Attempt* const> package, const Pool& pool) {
  std::vector<policy::TrucParent> parents;
  for (const Entry* parent : pool.parents(attempt.tx())) {
    const std::vector<const Entry*> one{parent};
    std::size_t descendants = pool.descendants(one).size();
    for (const Attempt* other : package)
      descendants += other != &attempt && spends(other->tx(), parent->txid()) ? 1 : 0;
    parents.push_back(
        {name_of(*parent), parent->tx->version() == policy::kTrucVersion, pool.ancestors(one).size(), descendants});
  }
  for (const Attempt* parent : package) {
    if (parent == &attempt || !spends(attempt.tx(), parent->tx().txid)) continue;
    std::size_t ancestors = 1 + pool.parents(parent->tx()).size();
    std::size_t descendants = 1;
    for (const Attempt* other : package) {
      if (other != parent && spends(parent->tx(), other->tx().txid)) ++ancestors;
      if (other != &attempt && spends(other->tx(), parent->tx().txid)) ++descendants;
    }
    parents.push_back({name_of(parent->tx()), parent->tx().version == policy::kTrucVersion, ancestors, descendants});
  }
  return parents;
}

}  // namespace

Result<Unit, Refusal> Admission::judge_truc_together(std::span<Attempt* const> package) const {
  for (const Attempt* attempt : package) {
    const auto parents = family_of(*attempt, package, with_.pool);
    const Transaction& tx = attempt->tx();
    const auto judged = policy::check_truc({name_of(tx), tx.version, attempt->entry.size, parents});
    if (!judged) return Err{Refusal{judged.error().rejection}};
  }
  return Unit{};
}

// A package may replace when it is one parent and one child without other unconfirmed family.
Result<std::vector<const Entry*>, Refusal> Admission::judge_conflicts_together(
    std::span<Attempt* const> package) const {
  std::vector<const Entry*> conflicts;
  for (const Attempt* one : package) conflicts.insert(conflicts.end(), one->conflicts.begin(), one->conflicts.end());
  if (conflicts.empty()) return conflicts;
  if (package.size() != 2 || !spends(package[1]->tx(), package[0]->tx().txid)) {
    return refused(Kind::Policy, "package RBF failed: package must be 1-parent-1-child");
  }
  for (const Attempt* one : package) {
    if (with_.pool.parents(one->tx()).empty()) continue;
    return refused(Kind::Policy, "package RBF failed: new transaction cannot have mempool ancestors");
  }
  const Txid& child = package[1]->tx().txid;
  if (auto detail = too_many_clusters(child, conflicts)) {
    return refused(Kind::Policy, "package RBF failed: too many potential replacements", *std::move(detail));
  }
  auto replaced = with_.pool.descendants(conflicts);
  const Amount going = modified_fees(replaced);
  const cluster::FeeSize worth = paid_by(package);
  const std::string who = "rejecting replacement " + child.to_string() + ", ";
  const Amount more = saturating_subtract({worth.fee}, going);
  const Amount wanted = options_.policy.incremental.fee_for(worth.size);
  if (worth.fee < going.sats) {
    return refused(Kind::Policy, "package RBF failed: insufficient anti-DoS fees",
                   who + "less fees than conflicting txs; " + money({worth.fee}) + " < " + money(going));
  }
  if (more < wanted) {
    return refused(Kind::Policy, "package RBF failed: insufficient anti-DoS fees",
                   who + "not enough additional fees to relay; " + money(more) + " < " + money(wanted));
  }
  // The child has to pay for its parent, not only for what goes.
  const cluster::FeeSize parent{package[0]->entry.worth().fee, package[0]->entry.size};
  if (!std::is_gt(cluster::compare_rates(worth, parent))) {
    return refused(Kind::Policy, "package RBF failed: package feerate is less than or equal to parent feerate",
                   "package feerate " + rate_text(worth) + " <= parent feerate is " + rate_text(parent));
  }
  return replaced;
}

Result<Plan, Refusal> Admission::judge_together(std::span<Attempt* const> package, UnixTime now,
                                                Leniency leniency) const {
  KP_TRY_VOID(judge_truc_together(package));
  if (leniency.below_minimum_fee) {
    const cluster::FeeSize paid = paid_by(package);
    KP_TRY_VOID(judge_fee({paid.fee}, paid.size, now));
  }
  KP_TRY(auto replaced, judge_conflicts_together(package));
  Change change{.remove = replaced};
  for (const Attempt* one : package) change.add.push_back(one->entry);
  Plan plan = with_.pool.plan(std::move(change));
  if (plan.exceeds_limits()) return refused(Kind::Policy, std::string{kTooLargeCluster});
  if (!replaced.empty() && !std::is_gt(cluster::compare_diagrams(plan.diagram_after(), plan.diagram_before()))) {
    return refused(Kind::Policy, "package RBF failed: insufficient feerate: does not improve feerate diagram");
  }
  return plan;
}

}  // namespace kepeng::mempool
