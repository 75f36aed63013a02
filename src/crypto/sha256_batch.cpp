// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "sha256_batch.h"

namespace kepeng::crypto::sha256_kernel {
namespace {

void store_digest(std::uint8_t* out, const State& state) {
  for (std::size_t i = 0; i < state.size(); ++i) store_le(out + 4 * i, __builtin_bswap32(state[i]));
}

}  // namespace

void Walk::start(const SegmentedMessage& message, Hash32* out) {
  message_ = &message;
  out_ = out;
  stage_ = Stage::Body;
  segment_ = 0;
  offset_ = 0;
  length_ = 0;
  for (const ByteView segment : message.segments) length_ += segment.size();
  next_run();
}

Walk::Next Walk::step(State& state) {
  switch (stage_) {
    case Stage::Body:
      next_run();
      return Next::Continue;
    case Stage::Padded:
      store_digest(scratch_.data(), state);
      scratch_[32] = 0x80;
      std::memset(scratch_.data() + 33, 0, 29);
      scratch_[62] = 1;  // 256 bits
      scratch_[63] = 0;
      state = kInitialState;
      data_ = scratch_.data();
      blocks_ = 1;
      stage_ = Stage::Second;
      return Next::Continue;
    case Stage::Second:
      store_digest(out_->data(), state);
      return Next::Done;
  }
  return Next::Done;
}

// Either the whole blocks that lie in one segment, or one block gathered from several, or the padded end.
void Walk::next_run() {
  std::size_t filled = 0;
  for (; segment_ < message_->segments.size(); ++segment_, offset_ = 0) {
    const ByteView rest = message_->segments[segment_].subspan(offset_);
    if (filled == 0 && rest.size() >= 64) {
      data_ = rest.data();
      blocks_ = rest.size() / 64;
      offset_ += 64 * blocks_;
      return;
    }
    const std::size_t taken = std::min(64 - filled, rest.size());
    if (taken > 0) std::memcpy(scratch_.data() + filled, rest.data(), taken);
    filled += taken;
    if (filled == 64) {
      offset_ += taken;
      data_ = scratch_.data();
      blocks_ = 1;
      return;
    }
  }
  pad(filled);
}

void Walk::pad(std::size_t filled) {
  blocks_ = filled < 56 ? 1 : 2;
  const std::size_t length_at = 64 * blocks_ - 8;
  scratch_[filled] = 0x80;
  std::memset(scratch_.data() + filled + 1, 0, length_at - filled - 1);
  store_le(scratch_.data() + length_at, __builtin_bswap64(length_ * 8));
  data_ = scratch_.data();
  stage_ = Stage::Padded;
}

void finish(Walk& walk, State& state, Compress compress) {
  do {
    compress(state.data(), walk.data(), walk.blocks());
    walk.advance(walk.blocks());
  } while (walk.step(state) == Walk::Next::Continue);
}

void run_one_by_one(const Batch& batch) {
  Walk walk;
  for (std::size_t i = 0; i < batch.messages.size(); ++i) {
    State state = kInitialState;
    walk.start(batch.messages[i], batch.out + i);
    finish(walk, state, batch.single);
  }
}

}  // namespace kepeng::crypto::sha256_kernel
