// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the options say about network, validation and log. Pure functions.
#pragma once

#include <kepeng/base/log.h>
#include <kepeng/config/options.h>
#include <kepeng/params/network.h>
#include <kepeng/validation/options.h>

namespace kepeng::node {

Result<params::NetworkParams, Fault> network_from(const config::Options& options);
Result<validation::EngineOptions, Fault> engine_options_from(const config::Options& options,
                                                             const config::Environment& environment);
LogOptions log_options_from(const config::Options& options);
// Categories and levels.
void apply_log_choices(const config::Options& options, Logger& logger);

}  // namespace kepeng::node
