// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Attempt: a transaction on its way into the pool, with what it spends; and why it may not get in.
//
// Scripts are judged by a pure function, so that many attempts can be judged at once, each in a thread of its own.
#pragma once

#include <unordered_map>
#include <variant>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/consensus/ancestry.h>
#include <kepeng/consensus/stages.h>
#include <kepeng/mempool/pool.h>
#include <kepeng/policy/policy.h>
#include <kepeng/script/interpreter.h>

namespace kepeng::mempool {

// A verdict on the transaction, or a failure of ours, which says nothing about it.
struct Refusal {
  std::variant<policy::Rejection, Fault> why;

  Refusal(policy::Rejection rejection) : why{std::move(rejection)} {}  // NOLINT(google-explicit-constructor)
  Refusal(Fault fault) : why{std::move(fault)} {}                      // NOLINT(google-explicit-constructor)
  const policy::Rejection* rejection() const { return std::get_if<policy::Rejection>(&why); }
};

struct OwnedCoin {
  Amount value;
  Bytes script_pubkey;
  Height height = 0;
  bool is_coinbase = false;
};

// The chain below the pool, as of one tip. Abstract, so that tests and tools need no engine.
class ChainSight {
 public:
  virtual ~ChainSight() = default;

  // Ends in the tip.
  virtual const consensus::Ancestry& line() const = 0;
  virtual UnixTime median_time() const = 0;  // of the tip
  // Nothing where the output does not exist unspent.
  virtual Result<std::optional<OwnedCoin>, Fault> coin(const OutPoint& outpoint) const = 0;

  Height height() const { return line().height(); }
};

// The coins that a transaction spends, with the memory of their scripts.
struct SpentHere {
  std::vector<consensus::Coin> coins;  // one per input
  std::vector<Bytes> scripts;          // their bytes stay where they are when this one grows or moves
  std::vector<TxPtr> parents;          // unconfirmed: their scripts are views into these

  std::vector<TxOut> outputs() const;
};

struct Attempt {
  Attempt() = default;
  Attempt(Attempt&&) noexcept = default;
  Attempt& operator=(Attempt&&) noexcept = default;

  TxPtr whole;
  Entry entry;
  SpentHere spent;
  std::vector<const Entry*> conflicts;  // that spend what it spends; the direct ones
  bool evicts_sibling = false;          // one of `conflicts` is the other child of a version 3 parent

  const Transaction& tx() const { return *whole; }
};

// Transactions that come together: to each other, their outputs count as if they were in the pool.
class Companions {
 public:
  void reserve(std::size_t count) { all_.reserve(count); }
  void add(TxPtr tx) { all_.try_emplace(tx->txid, std::move(tx)); }
  // nullptr: not one of them.
  TxPtr find(const Txid& txid) const {
    const auto found = all_.find(txid);
    return found == all_.end() ? nullptr : found->second;
  }

 private:
  struct Hash {
    std::size_t operator()(const Txid& txid) const { return load_le<std::uint64_t>(txid.bytes.data()); }
  };
  std::unordered_map<Txid, TxPtr, Hash> all_;
};

struct ScriptTools {
  script::Interpreter& interpreter;
  script::SignatureCache* cache = nullptr;
};
using ScriptVerdict = Result<Unit, policy::Rejection>;
// By the standard rules. The verdict holds for ever: the ids of what is spent commit to the scripts.
ScriptVerdict check_scripts(const Attempt& attempt, const ScriptTools& tools);

}  // namespace kepeng::mempool
