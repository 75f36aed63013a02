// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Whitelist: which user may call which methods (-rpcwhitelist, -rpcwhitelistdefault).
//
// A user without an entry may call everything, or nothing once any entry exists (unless the default says otherwise).
// Entries of one user that repeat are intersected. Immutable, thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kepeng::rpc {

class Whitelist {
 public:
  enum class Default { Allow, Deny };

  // Entries are "user:method1,method2"; one without a colon gives the user nothing.
  explicit Whitelist(const std::vector<std::string>& entries, std::optional<Default> unlisted = std::nullopt);

  // May the user call anything at all?
  bool admits(std::string_view user) const;
  bool allows(std::string_view user, std::string_view method) const;

 private:
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> methods_;
  Default unlisted_;
};

}  // namespace kepeng::rpc
