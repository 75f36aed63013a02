// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// HeaderLine: a line of headers in a vector, for tests of the rules without a header tree.
//
// May begin above genesis: then only heights from `first` on can be asked for, which the tests of single periods keep
// to.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include <kepeng/consensus/ancestry.h>
#include <kepeng/primitives/block_header.h>

namespace kepeng::test {

class HeaderLine final : public consensus::Ancestry {
 public:
  explicit HeaderLine(Height first = 0) : first_{first} {}

  Height height() const override { return first_ + static_cast<Height>(line_.size()) - 1; }
  consensus::HeaderFacts at(Height height) const override {
    KP_ASSERT(height >= first_ && height <= this->height());
    return line_[static_cast<std::size_t>(height - first_)];
  }

  void push(const consensus::HeaderFacts& facts) { line_.push_back(facts); }
  void push(const BlockHeader& header) { push({header.hash(), header.version, header.time, header.target}); }
  consensus::HeaderFacts& edit(Height height) { return line_[static_cast<std::size_t>(height - first_)]; }
  void cut_to(Height height) { line_.resize(static_cast<std::size_t>(height - first_ + 1)); }

 private:
  Height first_;
  std::vector<consensus::HeaderFacts> line_;
};

// Headers of 80 bytes, one after the other.
inline std::vector<BlockHeader> split_headers(ByteView raw) {
  std::vector<BlockHeader> headers;
  for (std::size_t at = 0; at + BlockHeader::kSize <= raw.size(); at += BlockHeader::kSize) {
    headers.push_back(BlockHeader::decode(raw.data() + at));
  }
  return headers;
}

}  // namespace kepeng::test
