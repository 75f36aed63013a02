// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peering/judgement.h>

namespace kepeng::peering {
namespace {

using gossip::Judgement;
using policy::Rejection;

Judgement judgement_of(const Rejection& rejection) {
  switch (rejection.kind) {
    case Rejection::Kind::MissingInputs:
      return Judgement::MissingInputs;
    case Rejection::Kind::Fees:
      return Judgement::FeeTooLow;
    case Rejection::Kind::Witness:
      return Judgement::WitnessFault;
    case Rejection::Kind::Conflict:
      return Judgement::AlreadyHere;
    case Rejection::Kind::Unknown:
      return Judgement::NotJudged;
    case Rejection::Kind::Inputs:
      return Judgement::RefusedAnyhow;
    case Rejection::Kind::Consensus:
    case Rejection::Kind::NotStandard:
    case Rejection::Kind::Premature:
    case Rejection::Kind::Policy:
      return Judgement::Refused;
  }
  return Judgement::Refused;
}

}  // namespace

gossip::Judgement judgement_of(const mempool_service::MempoolService::Outcome& outcome, const Transaction& tx) {
  if (!outcome) return Judgement::NotJudged;
  const auto found = outcome->transactions.find(tx.wtxid);
  if (found == outcome->transactions.end()) return Judgement::NotJudged;
  const auto* rejection = std::get_if<Rejection>(&found->second);
  return rejection == nullptr ? Judgement::Accepted : judgement_of(*rejection);
}

gossip::TransactionRelay::Family family_of(const mempool_service::MempoolService::Outcome& outcome,
                                           const gossip::HandInPackage& action) {
  gossip::TransactionRelay::Family family{action.parent, action.child, judgement_of(outcome, *action.parent),
                                          judgement_of(outcome, *action.child)};
  // What was refused as a whole was judged as a whole: the child lacked its parent only when it was looked at alone.
  const bool is_of_both = outcome && outcome->is_of_package;
  if (is_of_both && family.of_child == gossip::Judgement::MissingInputs) family.of_child = gossip::Judgement::Refused;
  return family;
}

}  // namespace kepeng::peering
