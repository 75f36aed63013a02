// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <array>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/difficulty.h>
#include <kepeng/consensus/rules.h>

namespace kepeng::consensus {
namespace {

using HeaderVerdict = Result<Unit, BlockRejection>;

HeaderVerdict target_is_expected(const HeaderContext& context) {
  if (context.header.target != next_target(context.parent, context.header.time, context.network)) {
    return Err{BlockRejection{BlockError::BadTarget}};
  }
  return Unit{};
}

HeaderVerdict time_after_median(const HeaderContext& context) {
  if (context.header.unix_time() <= median_time_past(context.parent, context.parent.height())) {
    return Err{BlockRejection{BlockError::TimeTooOld}};
  }
  return Unit{};
}

std::int64_t place_in_period(const HeaderContext& context) {
  return context.height() % context.network.retarget_interval();
}

UnixTime time_at(const HeaderContext& context, Height height) {
  return {static_cast<std::int64_t>(context.parent.at(height).time)};
}

HeaderVerdict no_timewarp(const HeaderContext& context) {
  if (!context.network.enforces_bip94 || place_in_period(context) != 0) return Unit{};
  if (context.header.unix_time() < time_at(context, context.parent.height()) + -kMaxTimewarpSeconds) {
    return Err{BlockRejection{BlockError::TimewarpAttack}};
  }
  return Unit{};
}

HeaderVerdict no_bip54_timewarp(const HeaderContext& context) {
  if (!context.network.is_bip54_active(context.height()) || place_in_period(context) != 0) return Unit{};
  if (context.header.unix_time() < time_at(context, context.parent.height()) + -kBip54TimewarpSeconds) {
    return Err{BlockRejection{BlockError::TimewarpAttack}};
  }
  return Unit{};
}

HeaderVerdict period_goes_forward(const HeaderContext& context) {
  const std::int64_t last = context.network.retarget_interval() - 1;
  if (!context.network.is_bip54_active(context.height()) || place_in_period(context) != last) return Unit{};
  if (context.header.unix_time() < time_at(context, context.height() - static_cast<Height>(last))) {
    return Err{BlockRejection{BlockError::PeriodEndsBeforeItsStart}};
  }
  return Unit{};
}

HeaderVerdict time_not_in_future(const HeaderContext& context) {
  if (context.header.unix_time() > context.now + kMaxFutureBlockSeconds) {
    return Err{BlockRejection{BlockError::TimeTooNew}};
  }
  return Unit{};
}

HeaderVerdict version_is_current(const HeaderContext& context) {
  constexpr std::array<std::pair<params::Buried, std::int32_t>, 3> kFloors{
      {{params::Buried::Bip34, 2}, {params::Buried::Bip66, 3}, {params::Buried::Bip65, 4}}};
  for (const auto& [deployment, floor] : kFloors) {
    if (context.header.version < floor && context.network.is_active(deployment, context.height())) {
      return Err{BlockRejection::of_version(context.header.version)};
    }
  }
  return Unit{};
}

constexpr std::array kHeaderRules{
    HeaderRule{"target-is-expected", "A header MUST state exactly the target that its ancestors give.", "BIP94",
               target_is_expected},
    HeaderRule{"time-after-median", "A header MUST be later than the median time of its 11 ancestors.", "BIP113",
               time_after_median},
    HeaderRule{"no-timewarp",
               "Where BIP94 holds, the first header of a period MUST NOT be over 600 seconds before its parent.",
               "BIP94", no_timewarp},
    HeaderRule{"no-timewarp-bip54",
               "From BIP54 on, the first header of a period MUST NOT be over 7,200 seconds before its parent.", "BIP54",
               no_bip54_timewarp},
    HeaderRule{"period-goes-forward",
               "From BIP54 on, the last header of a period MUST NOT be earlier than the first one.", "BIP54",
               period_goes_forward},
    HeaderRule{"time-not-in-future", "A header MUST NOT be more than two hours ahead of our clock (temporary).",
               "protocol", time_not_in_future},
    HeaderRule{"version-is-current", "The signed version MUST be at least 2, 3, 4 from BIP34, BIP66, BIP65 on.",
               "BIP34, BIP66, BIP65, BIP90", version_is_current},
};

}  // namespace

std::span<const HeaderRule> header_rules() {
  return kHeaderRules;
}

Result<Unit, BlockRejection> check_proof_of_work(const BlockHash& hash, CompactTarget target,
                                                 const params::NetworkParams& network) {
  if (!meets_target(hash, target, network.pow_limit)) return Err{BlockRejection{BlockError::HighHash}};
  return Unit{};
}

Result<Unit, BlockRejection> check_header(const HeaderContext& context) {
  for (const HeaderRule& rule : kHeaderRules) KP_TRY_VOID(rule.judge(context));
  return Unit{};
}

}  // namespace kepeng::consensus
