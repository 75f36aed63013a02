// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Admission: which transactions get into the pool, and whom they push out.
//
// In steps, so that the dear one (scripts) can be done elsewhere: `examine` judges all that needs no script, `settle`
// judges against the pool as it is by then and puts it in. The order of the checks is part of the interface, because
// wallets match the reasons. Replacement needs more fee than what goes and a better diagram (no signalling); version 3
// is BIP431. One thread, the pool's.
#pragma once

#include <limits>
#include <map>

#include <kepeng/mempool/attempt.h>
#include <kepeng/mempool/minimum_fee.h>
#include <kepeng/params/network.h>

namespace kepeng::mempool {

struct AdmissionOptions {
  policy::Policy policy;
  std::size_t bytes_max = 300'000'000;          // -maxmempool
  std::int64_t expiry_seconds = 336 * 60 * 60;  // -mempoolexpiry
};

// Which of the rules are waived.
struct Leniency {
  bool below_minimum_fee = false;             // a package pays for it, or it was in a block before
  bool no_replacement = false;                // conflicts refuse it
  bool any_family = false;                    // it was in a block before: the rules about version 3 do not hold
  bool trimmed_later = false;                 // many come together: the size of the pool is looked at behind them
  std::optional<UnixTime> arrived{};          // it was here before, since then
  std::optional<policy::FeeRate> rate_max{};  // the sender wants to pay no more
  std::optional<Amount> fee_max{};            // nor that in all; judged last
};

inline constexpr std::string_view kFeeTooHigh = "max-fee-exceeded";
inline constexpr std::string_view kTooLargeCluster = "too-large-cluster";

class Admission {
 public:
  struct Dependencies {
    Pool& pool;
    const params::NetworkParams& network;
  };
  Admission(const Dependencies& dependencies, AdmissionOptions options);

  struct Now {
    const ChainSight& chain;
    UnixTime time;
  };
  Result<Attempt, Refusal> examine(TxPtr tx, const Now& now, const Companions& before, Leniency leniency = {}) const;
  // Would `examine` say the same of it, of the same tip, as the pool is by now? False: perhaps.
  bool still_holds(const Attempt& attempt, UnixTime now, Leniency leniency) const;
  // Replacement, family rules, cluster limits: against the pool of this moment. Changes nothing.
  Result<Plan, Refusal> judge(Attempt& attempt, Leniency leniency = {}) const;
  // Of these, the rules about version 3 alone.
  enum class Siblings : std::uint8_t { Stay, MayGo };
  Result<Unit, Refusal> judge_family(Attempt& attempt, Siblings siblings) const;
  struct Settled {
    std::vector<const Entry*> entries;
    std::vector<PackedTxPtr> replaced;
  };
  Settled settle(Plan plan);
  // The same for several that come together; each was examined with those before it.
  Result<Plan, Refusal> judge_together(std::span<Attempt* const> package, UnixTime now, Leniency leniency) const;
  // Does it spend the dust of its parents? Part of `judge`, but not of `judge_together`: which of them does not is
  // told.
  Result<Unit, Refusal> judge_ephemeral_parents(const Attempt& attempt) const;
  // Down to the size that is allowed: who pays least goes. Those that went.
  std::vector<PackedTxPtr> trim(UnixTime now);
  // Those that are here for too long, and what spends them. Looks at all only when there may be one.
  std::vector<PackedTxPtr> expire(UnixTime now);

  policy::FeeRate minimum_fee(UnixTime now) { return minimum_.rate(now, pool_usage()); }
  const AdmissionOptions& options() const { return options_; }
  Pool& pool() { return with_.pool; }
  const Pool& pool() const { return with_.pool; }

  // prioritisetransaction: also for transactions that are not here yet.
  void prioritise(const Txid& txid, Amount delta);
  const std::map<Txid, Amount>& priorities() const { return priorities_; }
  void forget_priority(const Txid& txid) { priorities_.erase(txid); }
  // A block came: low fees are tried again.
  void note_block(UnixTime now) { minimum_.note_block(now); }

 private:
  Result<Unit, Refusal> find_conflicts(Attempt& attempt, Leniency leniency) const;
  Result<Unit, Refusal> find_coins(Attempt& attempt, const Now& now, const Companions& before) const;
  Result<Unit, Refusal> judge_spends(Attempt& attempt, const Now& now) const;
  Result<Unit, Refusal> judge_fee(Amount fee, std::int64_t size, UnixTime now) const;
  Result<std::vector<const Entry*>, Refusal> judge_conflicts(const Attempt& attempt) const;
  Result<Unit, Refusal> judge_own_conflicts(const Attempt& attempt) const;
  Result<Unit, Refusal> judge_payment(const Attempt& attempt, std::span<const Entry* const> replaced) const;
  Result<Unit, Refusal> judge_truc_together(std::span<Attempt* const> package) const;
  Result<std::vector<const Entry*>, Refusal> judge_conflicts_together(std::span<Attempt* const> package) const;
  std::size_t pool_usage() const { return with_.pool.memory_bytes(); }
  std::vector<PackedTxPtr> remove(std::vector<const Entry*> entries);

  Dependencies with_;
  AdmissionOptions options_;
  mutable MinimumFee minimum_;
  std::map<Txid, Amount> priorities_;
  UnixTime oldest_{std::numeric_limits<std::int64_t>::max()};  // nobody in the pool arrived before
};

}  // namespace kepeng::mempool
