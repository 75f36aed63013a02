// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Submission: one transaction or a package on its way through every check and, unless it is only a test, into the pool.
//
// A package is a child with its unconfirmed parents: each is tried alone first, and those that only lack fees or
// parents are judged together, so that the child may pay for them. Answers are those that RPC gives. One thread, the
// pool's.
#pragma once

#include <map>
#include <variant>

#include <kepeng/mempool/admission.h>

namespace kepeng::mempool {

inline constexpr std::size_t kPackageCountMax = 25;
inline constexpr std::uint64_t kPackageWeightMax = 404'000;

struct Accepted {
  PackedTxPtr tx;
  Amount fee;                         // not modified
  std::int64_t size = 0;              // virtual bytes, signature operations counted in
  cluster::FeeSize effective;         // by which it was let in, in virtual bytes: its own, or its package's
  std::vector<Wtxid> effective_with;  // whose these are
};
// It was here before.
struct InPool {
  Amount fee;
  std::int64_t size = 0;
};
// One with the same txid and this witness is here.
struct OtherWitness {
  Wtxid wtxid;
};
using TxOutcome = std::variant<Accepted, InPool, OtherWitness, policy::Rejection>;

struct PackageOutcome {
  std::optional<std::string> error;         // of the whole; nothing: success
  bool is_of_package = false;               // the error is not one transaction's
  std::map<Wtxid, TxOutcome> transactions;  // those that were judged
  std::vector<PackedTxPtr> replaced;
  std::vector<TxPtr> added;
  std::vector<PackedTxPtr> evicted;  // others, because the pool was full
};

// What is wrong with the list by itself, or nothing: too many, too heavy, twice the same, not in order, conflicting.
std::optional<std::string> malformed(std::span<const TxPtr> package);
// The last one spends all others.
bool is_child_with_parents(std::span<const TxPtr> package);
// And none of the parents spends another.
bool is_child_with_parents_tree(std::span<const TxPtr> package);

class Submission {
 public:
  struct Context {
    Admission& admission;
    ScriptTools scripts;
    Admission::Now now;
  };
  explicit Submission(const Context& context) : with_{context} {}

  enum class Purpose : std::uint8_t { Test, Enter };
  // A fault is ours and says nothing about the transactions.
  Result<PackageOutcome, Fault> one(TxPtr tx, Purpose purpose, Leniency leniency = {});
  // The same for one that was examined before, of the same tip, and whose scripts were judged since.
  Result<PackageOutcome, Fault> one(Attempt ahead, const ScriptVerdict& scripts, Leniency leniency = {});
  // testmempoolaccept: all of it as if together, nothing replaced.
  Result<PackageOutcome, Fault> test(std::span<const TxPtr> package);
  // submitpackage.
  Result<PackageOutcome, Fault> package(std::span<const TxPtr> package, policy::FeeRate rate_max = {});

 private:
  Result<Unit, Refusal> try_one(TxPtr tx, Purpose purpose, Leniency leniency, PackageOutcome& outcome);
  // `scripts`: the verdict if there is one yet.
  Result<Unit, Refusal> try_examined(Attempt attempt, const ScriptVerdict* scripts, Purpose purpose, Leniency leniency,
                                     PackageOutcome& outcome);
  Result<Unit, Fault> try_together(std::span<const TxPtr> package, Purpose purpose, Leniency leniency,
                                   PackageOutcome& outcome);
  Result<Unit, Fault> drop_what_is_too_much(PackageOutcome& outcome);

  Context with_;
};

}  // namespace kepeng::mempool
