// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Graph: up to 64 transactions of which some spend others, by number. Sets are bits of one word. Value types.
#pragma once

#include <bit>
#include <vector>

#include <kepeng/base/assert.h>
#include <kepeng/cluster/fee_size.h>

namespace kepeng::cluster {

inline constexpr std::size_t kMembersMax = 64;

using Member = std::uint8_t;  // below kMembersMax

class Members {
 public:
  constexpr Members() = default;
  static constexpr Members only(Member one) { return Members{std::uint64_t{1} << one}; }
  static constexpr Members first(std::size_t count) {
    return Members{count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1};
  }

  constexpr bool has(Member one) const { return (bits_ >> one & 1) != 0; }
  constexpr bool is_empty() const { return bits_ == 0; }
  constexpr std::size_t count() const { return static_cast<std::size_t>(std::popcount(bits_)); }
  constexpr Member lowest() const { return static_cast<Member>(std::countr_zero(bits_)); }
  constexpr bool contains(Members other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr bool meets(Members other) const { return (other.bits_ & bits_) != 0; }

  friend constexpr Members operator|(Members a, Members b) { return Members{a.bits_ | b.bits_}; }
  friend constexpr Members operator&(Members a, Members b) { return Members{a.bits_ & b.bits_}; }
  friend constexpr Members operator-(Members a, Members b) { return Members{a.bits_ & ~b.bits_}; }
  constexpr Members& operator|=(Members other) { return *this = *this | other; }
  constexpr Members& operator-=(Members other) { return *this = *this - other; }
  friend constexpr bool operator==(Members, Members) = default;

  template <class F>
  constexpr void for_each(F&& visit) const {
    for (std::uint64_t left = bits_; left != 0; left &= left - 1) visit(static_cast<Member>(std::countr_zero(left)));
  }

 private:
  explicit constexpr Members(std::uint64_t bits) : bits_{bits} {}
  std::uint64_t bits_ = 0;
};

class Graph {
 public:
  // The new one's number: in the order of adding.
  Member add(const FeeSize& worth);
  // `child` spends an output of `parent`. No circles: whoever adds in an order of spending cannot make one.
  void add_spend(Member parent, Member child);

  std::size_t size() const { return nodes_.size(); }
  Members all() const { return Members::first(nodes_.size()); }
  const FeeSize& worth(Member one) const { return nodes_[one].worth; }
  FeeSize worth(Members some) const;
  Members parents(Member one) const { return nodes_[one].parents; }
  Members children(Member one) const { return nodes_[one].children; }
  // Itself included.
  Members ancestors(Member one) const { return nodes_[one].ancestors; }
  Members descendants(Member one) const { return nodes_[one].descendants; }
  // Those among `within` that hang together with its lowest member, by links inside it.
  Members component(Members within) const;

 private:
  struct Node {
    FeeSize worth;
    Members parents;
    Members children;
    Members ancestors;
    Members descendants;
  };
  std::vector<Node> nodes_;
};

}  // namespace kepeng::cluster
