// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Fixed seeds: addresses for a node that knows nobody and gets no answer from those it may ask, in the file seeds.txt
// of the network's directory. One to a line, with or without a port; what follows # is for readers. Private to
// peer_config.
#pragma once

#include <kepeng/base/env.h>
#include <kepeng/config/options.h>
#include <kepeng/params/network.h>
#include <kepeng/wire/addresses.h>

namespace kepeng::peer_config {

inline constexpr std::size_t kFixedSeedsMax = 4'096;

// Without the file none. Config fault for a line that is no address, or too many.
Result<std::vector<wire::AddressEntry>, Fault> fixed_seeds_from(const config::Options& options,
                                                                const params::NetworkParams& network, Env& env,
                                                                wire::NetworkAddress::Fc00 fc00);

}  // namespace kepeng::peer_config
