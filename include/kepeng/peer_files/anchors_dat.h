// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// anchors.dat: the block connections of the last run in their file.
//
// The file is used up by reading: whoever crashes while an anchor is tried begins without them, so that an anchor that
// brings the node down does so once. A damaged file is no more than no file. Functions without state.
#pragma once

#include <string>

#include <kepeng/base/env.h>
#include <kepeng/gossip/anchors_file.h>

namespace kepeng::peer_files {

Result<Unit, Fault> save_anchors(Env& env, const std::string& path, const std::vector<wire::Endpoint>& anchors,
                                 const gossip::NetworkMagic& magic);
std::vector<wire::Endpoint> take_anchors(Env& env, const std::string& path, const gossip::NetworkMagic& magic);

}  // namespace kepeng::peer_files
