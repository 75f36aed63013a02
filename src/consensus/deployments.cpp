// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/deployments.h>

#include <algorithm>
#include <array>

namespace kepeng::consensus {
namespace {

constexpr int kMaxHalvings = 64;
constexpr std::int32_t kVersionBitsTop = 0x20000000;
constexpr std::uint32_t kVersionBitsTopMask = 0xe0000000;

params::BaseScriptRules base_rules(const params::NetworkParams& network, const BlockHash& block) {
  for (const params::ScriptException& exception : network.script_exceptions) {
    if (exception.block == block) return exception.rules;
  }
  return params::BaseScriptRules::All;
}

bool signals(std::int32_t version, int bit) {
  const auto bits = static_cast<std::uint32_t>(version);
  return (bits & kVersionBitsTopMask) == static_cast<std::uint32_t>(kVersionBitsTop) && ((bits >> bit) & 1) != 0;
}

// Height of the last block of the last whole period at or before `height`; -1 if there is none.
Height period_end(Height height, int period) {
  return height - (height + 1) % period;
}

int count_signals(const Ancestry& line, Height last, const params::VersionBits& deployment) {
  int count = 0;
  for (Height at = last - deployment.period + 1; at <= last; ++at) {
    if (signals(line.at(at).version, deployment.bit)) ++count;
  }
  return count;
}

// The state after a period that ends at `end`, from the state before it.
ThresholdState step(ThresholdState before, const Ancestry& line, Height end, const params::VersionBits& deployment) {
  const std::int64_t median = median_time_past(line, end).seconds;
  switch (before) {
    case ThresholdState::Defined:
      return median >= deployment.start_time ? ThresholdState::Started : ThresholdState::Defined;
    case ThresholdState::Started:
      if (count_signals(line, end, deployment) >= deployment.threshold) return ThresholdState::LockedIn;
      return median >= deployment.timeout ? ThresholdState::Failed : ThresholdState::Started;
    case ThresholdState::LockedIn:
      return end + 1 >= deployment.min_activation_height ? ThresholdState::Active : ThresholdState::LockedIn;
    case ThresholdState::Active:
    case ThresholdState::Failed:
      break;
  }
  return before;
}

struct StateSince {
  ThresholdState state;
  Height since;
};

StateSince state_since(const Ancestry& parent, const params::VersionBits& deployment) {
  if (deployment.start_time == params::VersionBits::kAlwaysActive) return {ThresholdState::Active, 0};
  if (deployment.start_time == params::VersionBits::kNeverActive) return {ThresholdState::Failed, 0};
  StateSince result{ThresholdState::Defined, 0};
  const Height last_end = period_end(parent.height(), deployment.period);
  for (Height end = deployment.period - 1; end <= last_end; end += deployment.period) {
    const ThresholdState next = step(result.state, parent, end, deployment);
    if (next != result.state) result = {next, end + 1};
  }
  return result;
}

}  // namespace

script::Flags script_flags(const params::NetworkParams& network, Height height, const BlockHash& block) {
  using script::Flag;
  script::Flags flags;
  const params::BaseScriptRules base = base_rules(network, block);
  if (base != params::BaseScriptRules::None) flags = flags.with({Flag::P2sh, Flag::Witness});
  if (base == params::BaseScriptRules::All) flags = flags.with({Flag::Taproot});
  if (network.is_active(params::Buried::Bip66, height)) flags = flags.with({Flag::DerSig});
  if (network.is_active(params::Buried::Bip65, height)) flags = flags.with({Flag::CheckLockTimeVerify});
  if (network.is_active(params::Buried::Csv, height)) flags = flags.with({Flag::CheckSequenceVerify});
  if (network.is_active(params::Buried::Segwit, height)) flags = flags.with({Flag::NullDummy});
  return flags;
}

Amount block_subsidy(Height height, const params::NetworkParams& network) {
  const int halvings = height / network.subsidy_halving_interval;
  if (halvings >= kMaxHalvings) return {};
  return {(50 * kSatsPerCoin) >> halvings};
}

std::string_view name_of(ThresholdState state) {
  constexpr std::array<std::string_view, 5> kNames{"defined", "started", "locked_in", "active", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

ThresholdState threshold_state(const Ancestry& parent, const params::VersionBits& deployment) {
  return state_since(parent, deployment).state;
}

Height threshold_state_since(const Ancestry& parent, const params::VersionBits& deployment) {
  return state_since(parent, deployment).since;
}

VersionBitsStatistics threshold_statistics(const Ancestry& last, const params::VersionBits& deployment) {
  VersionBitsStatistics result;
  result.period = deployment.period;
  result.threshold = deployment.threshold;
  result.elapsed = 1 + last.height() % deployment.period;
  for (Height at = last.height() - result.elapsed + 1; at <= last.height(); ++at) {
    const bool set = signals(last.at(at).version, deployment.bit);
    result.signalling.push_back(set);
    result.count += set ? 1 : 0;
  }
  result.possible = result.period - result.threshold >= result.elapsed - result.count;
  return result;
}

std::int32_t next_block_version(const Ancestry& parent, const params::NetworkParams& network) {
  std::int32_t version = kVersionBitsTop;
  for (const params::VersionBits& deployment : network.deployments) {
    const ThresholdState state = threshold_state(parent, deployment);
    if (state == ThresholdState::Started || state == ThresholdState::LockedIn) version |= 1 << deployment.bit;
  }
  return version;
}

}  // namespace kepeng::consensus
