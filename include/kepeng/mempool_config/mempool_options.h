// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the operator's options say about the mempool: from names and text to ServiceOptions. Function without state.
#pragma once

#include <kepeng/config/options.h>
#include <kepeng/mempool_service/service.h>
#include <kepeng/mining/block_template.h>

namespace kepeng::mempool_config {

// Config fault for options that do not fit together or to the network.
Result<mempool_service::ServiceOptions, Fault> mempool_options_from(const config::Options& options,
                                                                    const params::NetworkParams& network);

// -maxsigcachesize is for two: signatures, and whole transactions.
std::uint64_t script_cache_bytes_from(const config::Options& options);
// -blockmaxweight, -blockreservedweight, -blockmintxfee.
mining::TemplateLimits template_limits_from(const config::Options& options);

}  // namespace kepeng::mempool_config
