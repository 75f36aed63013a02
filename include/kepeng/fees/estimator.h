// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Estimator: which feerate gets a transaction mined within so many blocks, learnt from how long others waited.
//
// It is told of every transaction that comes into the mempool and of every block. Only those count whose own fee
// decides when they are mined: alone (no unconfirmed parent, nobody who pays for them) and seen as they came, on the
// newest block. Blocks at or below the highest one seen teach nothing, so that a reorganisation cannot count twice.
// Bounded by what is told to it and not yet taken back; one thread.
#pragma once

#include <span>
#include <unordered_map>

#include <kepeng/fees/history.h>
#include <kepeng/primitives/hash.h>

namespace kepeng::fees {

enum class Mode : std::uint8_t {
  Economical,    // follows when rates fall
  Conservative,  // and must have held over a longer time
};

// Which blocks were counted.
struct Span {
  Height first = 0;
  Height last = 0;
};

struct Kept {
  Height best = 0;
  Span span;
  std::array<Counts, kHorizons.size()> counts;
};

struct SmartEstimate {
  std::optional<double> rate;  // satoshi for 1,000 virtual bytes
  unsigned target = 0;         // what it holds for; not what was asked for if too little is known
};

inline constexpr unsigned kTargetMax = facts_of(Horizon::Long).blocks();

class Estimator {
 public:
  Estimator();

  struct Arrival {
    Height height = 0;  // of the tip then
    double rate = 0;
  };
  void add(const Txid& txid, const Arrival& arrival);
  // Left unmined.
  void remove(const Txid& txid);
  struct Mined {
    Txid txid;
    bool paid_alone = true;
  };
  // A block, with those of its transactions that were in the mempool.
  void add_block(Height height, std::span<const Mined> mined);
  // The end: those who still wait have not been mined.
  void give_up_waiting();

  SmartEstimate estimate(unsigned target, Mode mode) const;
  RawEstimate raw_estimate(Horizon horizon, unsigned target, double threshold) const;
  // The longest wait that enough blocks have been seen for.
  unsigned usable_target_max() const;
  std::size_t waiting() const { return waiting_.size(); }
  Height best() const { return best_; }

  Kept keep() const;
  void restore(Kept kept);

 private:
  struct Waiting {
    Height since = 0;
    double rate = 0;
  };
  struct Hash {
    std::size_t operator()(const Txid& txid) const { return load_le<std::uint64_t>(txid.bytes.data()); }
  };
  using WaitingMap = std::unordered_map<Txid, Waiting, Hash>;
  void end(WaitingMap::iterator one, History::End how);
  void forget_waiting();
  Height blocks_now() const;
  Height blocks_kept() const;
  const History& of(Horizon horizon) const { return histories_[static_cast<std::size_t>(horizon)]; }
  std::optional<double> within(unsigned target, double threshold, bool asks_shorter) const;
  std::optional<double> held_long(unsigned target) const;

  std::array<History, kHorizons.size()> histories_;
  WaitingMap waiting_;
  Height best_ = 0;
  Height first_counted_ = 0;  // 0: nothing yet in this run
  Span kept_{};               // of earlier runs
};

}  // namespace kepeng::fees
