// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/whitelist.h>

#include <algorithm>
#include <iterator>

namespace kepeng::rpc {
namespace {

using Names = std::set<std::string, std::less<>>;

Names split(std::string_view list) {
  Names names;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", "), list.size());
    if (end != 0) names.emplace(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

}  // namespace

Whitelist::Whitelist(const std::vector<std::string>& entries, std::optional<Default> unlisted)
    : unlisted_{unlisted.value_or(entries.empty() ? Default::Allow : Default::Deny)} {
  for (const std::string& entry : entries) {
    const std::size_t colon = entry.find(':');
    Names names = colon == std::string::npos ? Names{} : split(std::string_view{entry}.substr(colon + 1));
    const auto [place, is_new] = methods_.try_emplace(entry.substr(0, colon), names);
    if (is_new) continue;
    Names both;
    std::ranges::set_intersection(place->second, names, std::inserter(both, both.end()));
    place->second = std::move(both);
  }
}

bool Whitelist::admits(std::string_view user) const {
  return unlisted_ == Default::Allow || methods_.contains(user);
}

bool Whitelist::allows(std::string_view user, std::string_view method) const {
  const auto found = methods_.find(user);
  return found == methods_.end() ? unlisted_ == Default::Allow : found->second.contains(method);
}

}  // namespace kepeng::rpc
