// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Gather: collects a known number of bytes that arrive in pieces. Reserves at most 256 KiB ahead of what has arrived,
// so a claimed length costs nothing. Value type; no failure.
#pragma once

#include <algorithm>
#include <utility>

#include <kepeng/base/assert.h>
#include <kepeng/net/transport.h>

namespace kepeng::net {

class Gather {
 public:
  // Starts anew.
  void expect(std::size_t bytes) {
    bytes_.clear();
    expected_ = bytes;
  }
  // Expects so many in all, with those that are there.
  void extend(std::size_t bytes) {
    KP_ASSERT(bytes >= bytes_.size());
    expected_ = bytes;
  }
  // Takes what is missing from the front of `from`. True when nothing is missing any more.
  bool take(ByteView& from) {
    while (!is_complete() && !from.empty()) {
      if (bytes_.size() == bytes_.capacity()) bytes_.reserve(bytes_.size() + std::min(missing(), kAheadBytesMax));
      const std::size_t count = std::min({from.size(), missing(), bytes_.capacity() - bytes_.size()});
      append(bytes_, from.first(count));
      from = from.subspan(count);
    }
    return is_complete();
  }
  bool is_complete() const { return bytes_.size() == expected_; }
  ByteView bytes() const { return bytes_; }
  std::size_t memory_bytes() const { return bytes_.capacity(); }

  // Gives the bytes away, and its memory with them.
  Bytes release() {
    expected_ = 0;
    return std::exchange(bytes_, {});
  }

 private:
  std::size_t missing() const { return expected_ - bytes_.size(); }

  Bytes bytes_;
  std::size_t expected_ = 0;
};

}  // namespace kepeng::net
