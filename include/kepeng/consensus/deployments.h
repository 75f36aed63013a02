// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Which rules are in force: buried heights (BIP90), version bits (BIP9), script flags of a block, subsidy.
// Pure functions.
#pragma once

#include <kepeng/consensus/ancestry.h>
#include <kepeng/params/network.h>
#include <kepeng/script/flags.h>

namespace kepeng::consensus {

// The flags with which the inputs of this block are verified.
script::Flags script_flags(const params::NetworkParams& network, Height height, const BlockHash& block);

// 50 coins, halved every interval; nothing from the 64th halving on.
Amount block_subsidy(Height height, const params::NetworkParams& network);

enum class ThresholdState { Defined, Started, LockedIn, Active, Failed };
std::string_view name_of(ThresholdState state);

// BIP9 state for the block after `parent`.
ThresholdState threshold_state(const Ancestry& parent, const params::VersionBits& deployment);
// First height at which the state for the block after `parent` began.
Height threshold_state_since(const Ancestry& parent, const params::VersionBits& deployment);

struct VersionBitsStatistics {
  int period = 0;
  int threshold = 0;
  int elapsed = 0;
  int count = 0;
  bool possible = false;
  std::vector<bool> signalling;  // one per elapsed block, oldest first
};
// Of the period that the block after `parent` belongs to... counted up to `last` itself.
VersionBitsStatistics threshold_statistics(const Ancestry& last, const params::VersionBits& deployment);

// The version a miner should set after `parent`.
std::int32_t next_block_version(const Ancestry& parent, const params::NetworkParams& network);

}  // namespace kepeng::consensus
