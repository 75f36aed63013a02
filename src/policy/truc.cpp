// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/policy/truc.h>

namespace kepeng::policy {
namespace {

constexpr std::size_t kAncestorsMax = 2;  // itself included
constexpr std::size_t kDescendantsMax = 2;

std::string text_of(const TrucName& name) {
  return name.txid.to_string() + " (wtxid=" + name.wtxid.to_string() + ")";
}

Err<TrucRefusal> refused(std::string detail) {
  return Err{TrucRefusal{{Rejection::Kind::Policy, "TRUC-violation", std::move(detail)}}};
}

std::string too_big(std::string_view what, const TrucQuestion& question, std::int64_t limit) {
  return std::string{what} + text_of(question.name) + " is too big: " + std::to_string(question.size) + " > " +
         std::to_string(limit) + " virtual bytes";
}

Result<Unit, TrucRefusal> check_versions(const TrucQuestion& question) {
  const bool is_truc = question.version == kTrucVersion;
  for (const TrucParent& parent : question.parents) {
    if (parent.is_truc == is_truc) continue;
    const std::string who = is_truc ? "version=3 tx " : "non-version=3 tx ";
    const std::string whom = is_truc ? "non-version=3 tx " : "version=3 tx ";
    return refused(who + text_of(question.name) + " cannot spend from " + whom + text_of(parent.name));
  }
  return Unit{};
}

}  // namespace

Result<Unit, TrucRefusal> check_truc(const TrucQuestion& question) {
  KP_TRY_VOID(check_versions(question));
  if (question.version != kTrucVersion) return Unit{};
  if (question.size > kTrucSizeMax) return refused(too_big("version=3 tx ", question, kTrucSizeMax));
  if (question.parents.empty()) return Unit{};
  const TrucParent& parent = question.parents.front();
  if (question.parents.size() + 1 > kAncestorsMax || parent.ancestors + 1 > kAncestorsMax) {
    return refused("tx " + text_of(question.name) + " would have too many ancestors");
  }
  if (question.size > kTrucChildSizeMax) return refused(too_big("version=3 child tx ", question, kTrucChildSizeMax));
  if (parent.descendants + 1 > kDescendantsMax) {
    auto full = refused("tx " + text_of(parent.name) + " would exceed descendant count limit");
    full.reason.is_full_parent = true;
    return full;
  }
  return Unit{};
}

}  // namespace kepeng::policy
