// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Which target the next block must have. Pure functions (retargeting, the 20-minute rule of test networks, BIP94).
#pragma once

#include <kepeng/consensus/ancestry.h>
#include <kepeng/params/network.h>

namespace kepeng::consensus {

// The target that the block after `parent` must state, if its time is `time`.
CompactTarget next_target(const Ancestry& parent, std::uint32_t time, const params::NetworkParams& network);

// The target after a period whose first and last blocks are these; `last` gives the old target except under BIP94.
CompactTarget retarget(const HeaderFacts& first, const HeaderFacts& last, const params::NetworkParams& network);

// Could a header with `next` follow `previous` at `height`, whatever the times (a cheap test for low-work headers)?
bool is_permitted_transition(const params::NetworkParams& network, Height height, CompactTarget previous,
                             CompactTarget next);

}  // namespace kepeng::consensus
