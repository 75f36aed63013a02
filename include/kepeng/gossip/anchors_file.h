// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Anchors as bytes, in the format of anchors.dat that bitcoind writes: the block connections of the last run, which are
// made first in the next one (reliability P-24).
//
// Network magic, the addresses, a hash over both. Pure functions; whoever calls does the reading and writing.
#pragma once

#include <string>

#include <kepeng/gossip/peers_file.h>

namespace kepeng::gossip {

Bytes write_anchors_file(const std::vector<wire::Endpoint>& anchors, const NetworkMagic& magic);
// The error is the middle of a sentence: what is wrong with the file.
Result<std::vector<wire::Endpoint>, std::string> read_anchors_file(ByteView file, const NetworkMagic& magic);

}  // namespace kepeng::gossip
