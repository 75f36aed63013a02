// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Version 3: transactions whose unconfirmed family is one parent and one child, so that the child's fee always counts
// (BIP431). Pure functions.
#pragma once

#include <span>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/policy/policy.h>
#include <kepeng/primitives/transaction.h>

namespace kepeng::policy {

inline constexpr std::uint32_t kTrucVersion = 3;
inline constexpr std::int64_t kTrucSizeMax = 10'000;  // virtual bytes
inline constexpr std::int64_t kTrucChildSizeMax = 1'000;

struct TrucName {
  Txid txid;
  Wtxid wtxid;
};

// An unconfirmed transaction whose output the newcomer spends.
struct TrucParent {
  TrucName name;
  bool is_truc = false;
  std::size_t ancestors = 1;    // itself included
  std::size_t descendants = 1;  // itself included, those that are being replaced not
};

struct TrucQuestion {
  TrucName name;
  std::uint32_t version = 0;
  std::int64_t size = 0;  // virtual bytes
  std::span<const TrucParent> parents;
};

struct TrucRefusal {
  Rejection rejection;
  // The parent has one other child already, which might make room (sibling eviction).
  bool is_full_parent = false;
};
Result<Unit, TrucRefusal> check_truc(const TrucQuestion& question);

}  // namespace kepeng::policy
