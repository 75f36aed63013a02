// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HeaderPresync: takes a peer's headers only when they prove enough work, in a memory that its chain cannot make grow.
//
// The chain is read twice. The first time only its work is added up, and of one header in a period one secret bit is
// kept. When the work is enough, the chain is asked for again from where it began; every bit must be the same, and a
// header is passed on when so many behind it agree that another chain could not have had the same bits by chance. What
// a peer makes us keep is bounded by the time since the chain's beginning: no honest chain has more than six blocks a
// second. (reliability P-10; the numbers make a forged header cost more work than it can do harm.) One peer, peer
// thread.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/random.h>
#include <kepeng/chain/entry.h>
#include <kepeng/crypto/siphash.h>
#include <kepeng/params/network.h>

namespace kepeng::gossip {

struct PresyncNumbers {
  std::size_t period = 641;            // headers to one bit
  std::size_t look_ahead = 15'218;     // headers whose bits must agree before the first of them is passed on
  std::int64_t blocks_per_second = 6;  // no chain of ours is faster
};

class HeaderPresync {
 public:
  struct Task {
    const params::NetworkParams& network;
    const chain::Entry* start;  // the chain builds on this one
    Work work_needed;           // of the whole chain
    UnixTime now;
  };
  HeaderPresync(const Task& task, Prng& random, const PresyncNumbers& numbers = {});

  enum class Phase { Counting, Reading, Done };
  struct Step {
    std::vector<BlockHeader> passed;     // proven: give these to the header tree
    std::optional<BlockHash> ask_from;   // getheaders from here on
    std::optional<std::string> problem;  // the peer is of no use; the sentence says why
  };
  // One `headers` message. `is_full`: it holds as many as one can, so there may be more.
  enum class Message { Full, Last };
  Step take(std::span<const BlockHeader> headers, Message message);

  Phase phase() const { return phase_; }
  // The height up to which the chain was counted, or read again.
  Height height() const { return height_; }
  // Of that header: the next one builds on it.
  const BlockHash& last_hash() const { return last_hash_; }
  std::size_t memory_bytes() const;

 private:
  // Without the hash of its parent, which is known.
  struct Kept {
    std::int32_t version;
    MerkleRoot merkle_root;
    std::uint32_t time;
    CompactTarget target;
    std::uint32_t nonce;
  };

  std::optional<std::string> follow(const BlockHeader& header);
  Step count(std::span<const BlockHeader> headers, Message message);
  Step read(std::span<const BlockHeader> headers, Message message);
  void start_over(Phase phase);
  bool is_marked(Height height) const;
  bool secret_bit(const BlockHash& hash) const;
  BlockHeader take_oldest();
  Step fail(std::string why);

  const params::NetworkParams& network_;
  const chain::Entry* start_;
  Work work_needed_;
  PresyncNumbers numbers_;
  crypto::SipHashKey key_;
  std::size_t offset_;  // which of a period's headers gives the bit
  std::size_t bits_max_;

  Phase phase_ = Phase::Counting;
  Height height_ = 0;
  BlockHash last_hash_;
  CompactTarget last_target_;
  Work work_;
  std::vector<bool> bits_;  // an eighth of a byte each
  std::size_t bits_read_ = 0;
  std::deque<Kept> kept_;
  BlockHash passed_hash_;  // parent of the first that is kept
};

}  // namespace kepeng::gossip
