// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool/submission.h>

#include <algorithm>
#include <deque>
#include <set>

namespace kepeng::mempool {
namespace {

using policy::Rejection;
using Kind = policy::Rejection::Kind;

constexpr const char* kOneFailed = "transaction failed";
constexpr const char* kUnspentDust = "unspent-dust";

// A fault goes on; a rejection becomes the outcome of the transaction.
Result<Unit, Fault> note(const Refusal& refusal, const Wtxid& wtxid, PackageOutcome& outcome) {
  const Rejection* rejection = refusal.rejection();
  if (rejection == nullptr) return Err{std::get<Fault>(refusal.why)};
  outcome.error = kOneFailed;
  outcome.transactions.insert_or_assign(wtxid, *rejection);
  return Unit{};
}

Accepted accepted(const Entry& entry) {
  return {entry.tx, entry.fee, entry.size, {entry.modified_fee.sats, entry.size}, {entry.wtxid()}};
}

// May a package help?
bool is_worth_another_try(const TxOutcome& outcome) {
  const auto* rejection = std::get_if<Rejection>(&outcome);
  return rejection != nullptr && (rejection->kind == Kind::Fees || rejection->kind == Kind::MissingInputs);
}

}  // namespace

std::optional<std::string> malformed(std::span<const TxPtr> package) {
  if (package.size() > kPackageCountMax) return "package-too-many-transactions";
  std::uint64_t weight = 0;
  for (const TxPtr& tx : package) weight += tx->weight();
  // One alone is judged by its own limit.
  if (package.size() > 1 && weight > kPackageWeightMax) return "package-too-large";
  std::set<Txid> later;
  for (const TxPtr& tx : package) {
    if (!later.insert(tx->txid).second) return "package-contains-duplicates";
  }
  std::set<OutPoint> spent;
  for (const TxPtr& tx : package) {
    for (const TxIn& input : tx->inputs) {
      if (later.contains(input.prevout.txid)) return "package-not-sorted";
    }
    later.erase(tx->txid);
  }
  for (const TxPtr& tx : package) {
    if (tx->inputs.empty()) return "conflict-in-package";
    for (const TxIn& input : tx->inputs) {
      if (spent.contains(input.prevout)) return "conflict-in-package";
    }
    // Twice in one transaction is its own fault, and told as such.
    for (const TxIn& input : tx->inputs) spent.insert(input.prevout);
  }
  return std::nullopt;
}

bool is_child_with_parents(std::span<const TxPtr> package) {
  if (package.size() < 2) return false;
  std::set<Txid> spent;
  for (const TxIn& input : package.back()->inputs) spent.insert(input.prevout.txid);
  const auto parents = package.first(package.size() - 1);
  return std::all_of(parents.begin(), parents.end(), [&](const TxPtr& tx) { return spent.contains(tx->txid); });
}

bool is_child_with_parents_tree(std::span<const TxPtr> package) {
  if (!is_child_with_parents(package)) return false;
  std::set<Txid> parents;
  for (const TxPtr& tx : package.first(package.size() - 1)) parents.insert(tx->txid);
  return std::none_of(package.begin(), package.end() - 1, [&](const TxPtr& tx) {
    return std::any_of(tx->inputs.begin(), tx->inputs.end(),
                       [&](const TxIn& input) { return parents.contains(input.prevout.txid); });
  });
}

Result<PackageOutcome, Fault> Submission::one(TxPtr tx, Purpose purpose, Leniency leniency) {
  PackageOutcome outcome;
  const Wtxid wtxid = tx->wtxid;
  if (const auto tried = try_one(std::move(tx), purpose, leniency, outcome); !tried) {
    KP_TRY_VOID(note(tried.error(), wtxid, outcome));
  }
  if (purpose == Purpose::Enter && !leniency.trimmed_later) KP_TRY_VOID(drop_what_is_too_much(outcome));
  return outcome;
}

Result<PackageOutcome, Fault> Submission::one(Attempt ahead, const ScriptVerdict& scripts, Leniency leniency) {
  PackageOutcome outcome;
  const Wtxid wtxid = ahead.tx().wtxid;
  const auto try_it = [&]() -> Result<Unit, Refusal> {
    if (!with_.admission.still_holds(ahead, with_.now.time, leniency)) {
      KP_TRY(ahead, with_.admission.examine(ahead.whole, with_.now, Companions{}, leniency));
    }
    return try_examined(std::move(ahead), &scripts, Purpose::Enter, leniency, outcome);
  };
  if (const auto tried = try_it(); !tried) KP_TRY_VOID(note(tried.error(), wtxid, outcome));
  if (!leniency.trimmed_later) KP_TRY_VOID(drop_what_is_too_much(outcome));
  return outcome;
}

Result<Unit, Refusal> Submission::try_one(TxPtr tx, Purpose purpose, Leniency leniency, PackageOutcome& outcome) {
  KP_TRY(Attempt attempt, with_.admission.examine(std::move(tx), with_.now, Companions{}, leniency));
  return try_examined(std::move(attempt), nullptr, purpose, leniency, outcome);
}

Result<Unit, Refusal> Submission::try_examined(Attempt attempt, const ScriptVerdict* scripts, Purpose purpose,
                                               Leniency leniency, PackageOutcome& outcome) {
  Admission& admission = with_.admission;
  KP_TRY(Plan plan, admission.judge(attempt, leniency));
  KP_TRY_VOID(scripts != nullptr ? *scripts : check_scripts(attempt, with_.scripts));
  if (leniency.fee_max && attempt.entry.fee > *leniency.fee_max) {
    return Err{Refusal{Rejection{Kind::Policy, std::string{kFeeTooHigh}}}};
  }
  outcome.transactions.insert_or_assign(attempt.tx().wtxid, accepted(attempt.entry));
  if (purpose == Purpose::Test) return Unit{};
  auto settled = admission.settle(std::move(plan));
  outcome.replaced.insert(outcome.replaced.end(), settled.replaced.begin(), settled.replaced.end());
  outcome.added.push_back(attempt.whole);
  return Unit{};
}

Result<Unit, Fault> Submission::try_together(std::span<const TxPtr> package, Purpose purpose, Leniency leniency,
                                             PackageOutcome& outcome) {
  std::deque<Attempt> attempts;
  std::vector<Attempt*> together;
  Companions before;
  for (const TxPtr& tx : package) {
    auto attempt = with_.admission.examine(tx, with_.now, before, leniency);
    if (!attempt) return note(attempt.error(), tx->wtxid, outcome);
    // Alone it must fit its family in the pool.
    attempts.push_back(std::move(attempt).value());
    if (const auto alone = with_.admission.judge_family(attempts.back(), Admission::Siblings::Stay); !alone) {
      return note(alone.error(), tx->wtxid, outcome);
    }
    together.push_back(&attempts.back());
    before.add(tx);
  }
  cluster::FeeSize worth;
  std::vector<Wtxid> names;
  for (const Attempt& attempt : attempts) {
    worth += {attempt.entry.modified_fee.sats, attempt.entry.size};
    names.push_back(attempt.tx().wtxid);
  }
  auto plan = with_.admission.judge_together(together, with_.now.time, leniency);
  if (!plan) {
    const Rejection* rejection = plan.error().rejection();
    // Too low a fee of all is told as the child's.
    if (rejection != nullptr && rejection->kind == Kind::Fees) return note(plan.error(), names.back(), outcome);
    if (rejection == nullptr) return Err{std::get<Fault>(plan.error().why)};
    outcome.error = rejection->text();
    outcome.is_of_package = true;
    return Unit{};
  }
  for (const Attempt& attempt : attempts) {
    const auto judged = with_.admission.judge_ephemeral_parents(attempt);
    if (judged) continue;
    KP_TRY_VOID(note(judged.error(), attempt.tx().wtxid, outcome));
    outcome.error = kUnspentDust;
    return Unit{};
  }
  for (const Attempt& attempt : attempts) {
    if (const auto judged = check_scripts(attempt, with_.scripts); !judged) {
      return note(judged.error(), attempt.tx().wtxid, outcome);
    }
  }
  for (const Attempt& attempt : attempts) {
    Accepted made = accepted(attempt.entry);
    if (leniency.below_minimum_fee) made.effective = worth, made.effective_with = names;
    outcome.transactions.insert_or_assign(attempt.tx().wtxid, std::move(made));
    if (purpose == Purpose::Enter) outcome.added.push_back(attempt.whole);
  }
  if (purpose == Purpose::Test) return Unit{};
  auto settled = with_.admission.settle(std::move(plan).value());
  outcome.replaced.insert(outcome.replaced.end(), settled.replaced.begin(), settled.replaced.end());
  return Unit{};
}

// What did not stay after all: what came in just now nobody has heard of yet, of everything else it is told that it
// went.
Result<Unit, Fault> Submission::drop_what_is_too_much(PackageOutcome& outcome) {
  for (const PackedTxPtr& gone : with_.admission.trim(with_.now.time)) {
    const bool is_new = std::erase_if(outcome.added, [&](const TxPtr& tx) { return tx->wtxid == gone->wtxid; }) != 0;
    if (!is_new) outcome.evicted.push_back(gone);
  }
  const Pool& pool = with_.admission.pool();
  for (auto& [wtxid, result] : outcome.transactions) {
    if (std::holds_alternative<Rejection>(result)) continue;
    const auto* other = std::get_if<OtherWitness>(&result);
    if (pool.find(other != nullptr ? other->wtxid : wtxid) != nullptr) continue;
    result = Rejection{Kind::Fees, "mempool full"};
    outcome.error = kOneFailed;
  }
  return Unit{};
}

Result<PackageOutcome, Fault> Submission::test(std::span<const TxPtr> package) {
  PackageOutcome outcome;
  if (auto why = malformed(package)) {
    outcome.error = std::move(why);
    outcome.is_of_package = true;
    return outcome;
  }
  KP_TRY_VOID(try_together(package, Purpose::Test, {.no_replacement = true}, outcome));
  return outcome;
}

Result<PackageOutcome, Fault> Submission::package(std::span<const TxPtr> package, policy::FeeRate rate_max) {
  PackageOutcome outcome;
  if (auto why = malformed(package)) {
    outcome.error = std::move(why);
    outcome.is_of_package = true;
    return outcome;
  }
  std::vector<TxPtr> left;
  bool has_failed = false;
  const Pool& pool = with_.admission.pool();
  for (const TxPtr& tx : package) {
    if (const Entry* here = pool.find(tx->wtxid)) {
      outcome.transactions.emplace(tx->wtxid, InPool{here->fee, here->size});
      continue;
    }
    if (const Entry* other = pool.find(tx->txid)) {
      outcome.transactions.emplace(tx->wtxid, OtherWitness{other->wtxid()});
      continue;
    }
    const auto tried = try_one(tx, Purpose::Enter, {.rate_max = rate_max}, outcome);
    if (tried) continue;
    KP_TRY_VOID(note(tried.error(), tx->wtxid, outcome));
    if (!is_worth_another_try(outcome.transactions.at(tx->wtxid))) has_failed = true;
    left.push_back(tx);
  }
  // One that is left alone has had its verdict.
  if (!has_failed && left.size() > 1) {
    outcome.error.reset();
    KP_TRY_VOID(try_together(left, Purpose::Enter, {.below_minimum_fee = true, .rate_max = rate_max}, outcome));
  }
  KP_TRY_VOID(drop_what_is_too_much(outcome));
  return outcome;
}

}  // namespace kepeng::mempool
