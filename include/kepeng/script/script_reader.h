// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ScriptReader: walks a script one opcode at a time.
//
//   ScriptReader reader{script};
//   while (const auto step = reader.next()) use(step->op, step->data);
//   if (reader.truncated()) ...
//
// A push that runs past the end stops the walk there; what came before stays good. Holds views only, never allocates.
// Value type, used by one thread at a time.
#pragma once

#include <optional>

#include <kepeng/base/bytes.h>
#include <kepeng/script/opcodes.h>

namespace kepeng::script {

struct ScriptStep {
  Op op = Op::Invalid;
  ByteView data;  // of a data push; empty for other opcodes
};

class ScriptReader {
 public:
  explicit ScriptReader(ByteView script) : script_{script} {}

  // nullopt at the end, and for good after a truncated push.
  std::optional<ScriptStep> next() {
    if (at_ >= script_.size()) return std::nullopt;
    const std::uint8_t byte = script_[at_];
    if (byte > to_byte(Op::PushData4)) {
      ++at_;
      return ScriptStep{static_cast<Op>(byte), {}};
    }
    return next_push(byte);
  }

  // Offset of the next opcode; of the push that could not be read once truncated.
  std::size_t position() const { return at_; }
  bool at_end() const { return at_ >= script_.size(); }
  bool truncated() const { return truncated_; }

 private:
  std::optional<ScriptStep> next_push(std::uint8_t byte) {
    const std::size_t left = script_.size() - at_ - 1;
    const unsigned width = byte < to_byte(Op::PushData1) ? 0 : 1u << (byte - to_byte(Op::PushData1));
    std::size_t length = byte;
    if (width > 0) {
      length = 0;
      if (left < width) return stop();
      for (unsigned i = 0; i < width; ++i) length |= static_cast<std::size_t>(script_[at_ + 1 + i]) << (8 * i);
    }
    if (left - width < length) return stop();
    const ByteView data = script_.subspan(at_ + 1 + width, length);
    at_ += 1 + width + length;
    return ScriptStep{static_cast<Op>(byte), data};
  }
  std::optional<ScriptStep> stop() {
    truncated_ = true;
    script_ = script_.first(at_);
    return std::nullopt;
  }

  ByteView script_;
  std::size_t at_ = 0;
  bool truncated_ = false;
};

// Whether a data push uses the shortest opcode for its data, OP_1 ... OP_16 and OP_1NEGATE included.
bool is_minimal_push(const ScriptStep& push);

// Every opcode is at most OP_16 (OP_RESERVED counts as a push) and no push is truncated.
bool is_push_only(ByteView script);

}  // namespace kepeng::script
