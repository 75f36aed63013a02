// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ChainReader: what conversations must know of the chain. Abstract, so that gossip knows no engine and a simulation can
// stand in for one. Thread-safe, and never waits for validation.
#pragma once

#include <memory>

#include <kepeng/chain/chain_view.h>

namespace kepeng::gossip {

class ChainReader {
 public:
  virtual ~ChainReader() = default;

  // The active chain as of now.
  virtual std::shared_ptr<const chain::ChainView> view() const = 0;
  virtual const chain::Entry* find(const BlockHash& hash) const = 0;
  // The header with the most work that is not known to be invalid.
  virtual const chain::Entry* best_header() const = 0;
  // False while blocks could not be kept (the files are being read again).
  virtual bool takes_blocks() const { return true; }
  // Are we far behind, so that our tip is of no interest to others?
  virtual bool is_catching_up() const = 0;
};

}  // namespace kepeng::gossip
