// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Double SHA-256 of many messages of different lengths with a kernel that advances several of them at once.
//
// A `Walk` turns one message into a run of padded 64-byte blocks without copying what already lies in one piece, then
// into the block of the second hash. `Engine` gives one walk to each lane, advances all lanes by the shortest run, and
// hands the next message to a lane that has finished. When too few messages are left to keep the lanes busy it ends
// them one by one.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>

#include <kepeng/crypto/sha256.h>

#include "sha256_constants.h"
#include "sha256_internal.h"

namespace kepeng::crypto::sha256_kernel {

using State = std::array<std::uint32_t, 8>;

struct Batch {
  std::span<const SegmentedMessage> messages;
  Hash32* out;
  Compress single;  // for the last ones
};

class Walk {
 public:
  void start(const SegmentedMessage& message, Hash32* out);

  // The blocks to hash next.
  const std::uint8_t* data() const { return data_; }
  std::size_t blocks() const { return blocks_; }
  void advance(std::size_t blocks) {
    data_ += 64 * blocks;
    blocks_ -= blocks;
  }

  enum class Next { Continue, Done };
  // Once the run is used up: finds the next one. `state` is the lane's; it is reset for the second hash, and its
  // digest is written out at the end.
  Next step(State& state);
  // Whether the next step needs the state (so that lanes need not copy it for nothing).
  bool step_reads_state() const { return stage_ != Stage::Body; }

 private:
  enum class Stage { Body, Padded, Second };
  void next_run();
  void pad(std::size_t filled);

  const SegmentedMessage* message_ = nullptr;
  Hash32* out_ = nullptr;
  const std::uint8_t* data_ = nullptr;
  std::size_t blocks_ = 0;
  Stage stage_ = Stage::Body;
  std::size_t segment_ = 0;
  std::size_t offset_ = 0;  // in that segment
  std::uint64_t length_ = 0;
  std::array<std::uint8_t, 128> scratch_;  // blocks that lie across segments, padding, the second hash
};

// Hashes each message by itself.
void run_one_by_one(const Batch& batch);
// The rest of one message that a lane has begun.
void finish(Walk& walk, State& state, Compress compress);

// How a kernel with lanes keeps its states. `kFewest`: with fewer busy lanes than this, one by one is faster.
template <std::size_t Lanes, std::size_t Fewest,
          void (*Function)(std::uint32_t*, const std::uint8_t* const*, std::size_t)>
struct ColumnLanes {
  static constexpr std::size_t kLanes = Lanes;
  static constexpr std::size_t kFewest = Fewest;
  alignas(64) std::array<std::uint32_t, 8 * Lanes> words{};

  State get(std::size_t lane) const {
    State state;
    for (std::size_t i = 0; i < 8; ++i) state[i] = words[i * Lanes + lane];
    return state;
  }
  void set(std::size_t lane, const State& state) {
    for (std::size_t i = 0; i < 8; ++i) words[i * Lanes + lane] = state[i];
  }
  void compress(const std::uint8_t* const* blocks, std::size_t count) { Function(words.data(), blocks, count); }
};

#if defined(__x86_64__)
using Avx2Lanes = ColumnLanes<8, 3, compress_avx2>;
using Avx512Lanes = ColumnLanes<16, 4, compress_avx512>;

struct ShaNiTwiceLanes {
  static constexpr std::size_t kLanes = 2;
  static constexpr std::size_t kFewest = 2;
  std::array<State, 2> states;

  State get(std::size_t lane) const { return states[lane]; }
  void set(std::size_t lane, const State& state) { states[lane] = state; }
  void compress(const std::uint8_t* const* blocks, std::size_t count) {
    compress_shani_twice(states[0].data(), blocks, count);
  }
};
#endif

template <class Lanes>
class Engine {
 public:
  explicit Engine(const Batch& batch) : batch_{batch} {}

  void run() {
    for (std::size_t lane = 0; lane < kLanes; ++lane) refill(lane);
    while (busy_ >= Lanes::kFewest) {
      const std::size_t count = shortest_run();
      lanes_.compress(pointers_.data(), count);
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        if (active_[lane]) advance(lane, count);
      }
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (!active_[lane]) continue;
      State state = lanes_.get(lane);
      finish(walks_[lane], state, batch_.single);
    }
    run_one_by_one({batch_.messages.subspan(next_), batch_.out + next_, batch_.single});
  }

 private:
  static constexpr std::size_t kLanes = Lanes::kLanes;

  // The number of blocks that every busy lane has in one piece. Idle lanes look where a busy one looks.
  std::size_t shortest_run() {
    std::size_t count = SIZE_MAX;
    const std::uint8_t* some = nullptr;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (!active_[lane]) continue;
      count = std::min(count, walks_[lane].blocks());
      pointers_[lane] = some = walks_[lane].data();
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (!active_[lane]) pointers_[lane] = some;
    }
    return count;
  }

  void advance(std::size_t lane, std::size_t count) {
    Walk& walk = walks_[lane];
    walk.advance(count);
    if (walk.blocks() > 0) return;
    State state;
    if (!walk.step_reads_state()) {
      static_cast<void>(walk.step(state));
      return;
    }
    state = lanes_.get(lane);
    if (walk.step(state) == Walk::Next::Continue) {
      lanes_.set(lane, state);
      return;
    }
    --busy_;
    active_[lane] = false;
    refill(lane);
  }

  void refill(std::size_t lane) {
    if (next_ == batch_.messages.size()) return;
    walks_[lane].start(batch_.messages[next_], batch_.out + next_);
    lanes_.set(lane, kInitialState);
    ++next_;
    ++busy_;
    active_[lane] = true;
  }

  const Batch batch_;
  std::size_t next_ = 0;
  std::size_t busy_ = 0;
  Lanes lanes_;
  std::array<bool, kLanes> active_{};
  std::array<const std::uint8_t*, kLanes> pointers_{};
  std::array<Walk, kLanes> walks_;
};

}  // namespace kepeng::crypto::sha256_kernel
