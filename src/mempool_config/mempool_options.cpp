// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool_config/mempool_options.h>

namespace kepeng::mempool_config {
namespace {

constexpr std::size_t kMegabyte = 1'000'000;
constexpr std::int64_t kHour = 60 * 60;
// A cluster must fit many times over, or one of them would push out everything else.
constexpr std::int64_t kClustersThatFit = 40;
constexpr std::int64_t kWeightPerByte = 4;
constexpr std::int64_t kKilobyte = 1'000;

policy::FeeRate rate_from(const config::Options& options, std::string_view name) {
  return {options.get_amount(name)};
}

policy::Policy policy_from(const config::Options& options) {
  policy::Policy policy;
  policy.requires_standard = !options.get_bool("acceptnonstdtxn");
  policy.min_relay = rate_from(options, "minrelaytxfee");
  policy.incremental = rate_from(options, "incrementalrelayfee");
  // Whoever raises the one means both, unless the other is given as well.
  if (!options.is_set("minrelaytxfee") && policy.incremental > policy.min_relay) policy.min_relay = policy.incremental;
  policy.dust = rate_from(options, "dustrelayfee");
  policy.data_bytes.reset();
  if (options.get_bool("datacarrier"))
    policy.data_bytes = static_cast<std::uint64_t>(options.get_int("datacarriersize"));
  policy.permits_bare_multisig = options.get_bool("permitbaremultisig");
  policy.bytes_per_sigop = static_cast<std::uint32_t>(options.get_int("bytespersigop"));
  return policy;
}

}  // namespace

Result<mempool_service::ServiceOptions, Fault> mempool_options_from(const config::Options& options,
                                                                    const params::NetworkParams& network) {
  mempool_service::ServiceOptions chosen;
  chosen.admission.policy = policy_from(options);
  if (!chosen.admission.policy.requires_standard && network.network == params::Network::Main) {
    return Err{Fault{FaultKind::Config, "acceptnonstdtxn is not currently supported for main chain"}};
  }
  chosen.clusters.count = static_cast<std::size_t>(options.get_int("limitclustercount"));
  const std::int64_t cluster_bytes = options.get_int("limitclustersize") * kKilobyte;
  chosen.clusters.weight = cluster_bytes * kWeightPerByte;
  const std::int64_t megabytes = options.get_int("maxmempool");
  chosen.admission.bytes_max = static_cast<std::size_t>(megabytes) * kMegabyte;
  const std::int64_t least = (cluster_bytes * kClustersThatFit + static_cast<std::int64_t>(kMegabyte) - 1) /
                             static_cast<std::int64_t>(kMegabyte);
  if (megabytes < least) {
    return Err{Fault{FaultKind::Config, "-maxmempool must be at least " + std::to_string(least) + " MB"}};
  }
  chosen.admission.expiry_seconds = options.get_int("mempoolexpiry") * kHour;
  chosen.signature_cache_bytes = script_cache_bytes_from(options);
  chosen.script_threads = static_cast<int>(options.get_int("par"));
  chosen.directory = options.network_directory().string();
  chosen.keeps = options.get_bool("persistmempool");
  if (options.get_bool("persistmempoolv1")) chosen.file_version = mempool::FileVersion::Plain;
  return chosen;
}

std::uint64_t script_cache_bytes_from(const config::Options& options) {
  return (static_cast<std::uint64_t>(options.get_int("maxsigcachesize")) << 20) / 2;
}

mining::TemplateLimits template_limits_from(const config::Options& options) {
  mining::TemplateLimits limits;
  limits.weight_max = options.get_int("blockmaxweight");
  limits.reserved_weight = options.get_int("blockreservedweight");
  limits.least = rate_from(options, "blockmintxfee");
  return limits;
}

}  // namespace kepeng::mempool_config
