// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Ancestry: the headers that lead up to a block, as the rules need to see them.
//
// The only way in which a rule looks at the chain; everything is in memory, so nothing here can fail. `chain`
// implements it on the header tree. A view is valid while the tree lives; thread as the implementation says.
#pragma once

#include <kepeng/base/time.h>
#include <kepeng/primitives/amount.h>
#include <kepeng/primitives/hash.h>
#include <kepeng/primitives/target.h>

namespace kepeng::consensus {

struct HeaderFacts {
  BlockHash hash;
  std::int32_t version = 0;
  std::uint32_t time = 0;
  CompactTarget target;
};

class Ancestry {
 public:
  virtual ~Ancestry() = default;

  // Height of the last block of this line; -1 before genesis.
  virtual Height height() const = 0;
  // `height` is between 0 and height().
  virtual HeaderFacts at(Height height) const = 0;
};

// Median of the times of the block at `height` and up to ten before it (BIP113). Zero for height -1.
UnixTime median_time_past(const Ancestry& line, Height height);

}  // namespace kepeng::consensus
