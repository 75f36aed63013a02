// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The stack of a running script.
//
// Items are views into scripts and witnesses, which outlive the run, or up to 32 bytes that an opcode computed, kept in
// the item. So no operation allocates once the stack has been deep, and copying an item copies 40 bytes. A view taken
// from the stack is good until the stack changes. One thread; depth is checked by the caller.
#pragma once

#include <algorithm>
#include <vector>

#include <kepeng/base/assert.h>
#include <kepeng/base/bytes.h>

namespace kepeng::script {

class StackItem {
 public:
  static constexpr std::size_t kComputedMax = 32;

  // `bytes` outlive the item.
  static StackItem borrowed(ByteView bytes) {
    StackItem item;
    item.size_ = static_cast<std::uint32_t>(bytes.size());
    item.borrowed_ = true;
    item.data_ = bytes.data();
    return item;
  }
  static StackItem computed(ByteView bytes) {
    KP_ASSERT(bytes.size() <= kComputedMax);
    StackItem item;
    item.size_ = static_cast<std::uint32_t>(bytes.size());
    item.borrowed_ = false;
    if (!bytes.empty()) std::memcpy(item.bytes_, bytes.data(), bytes.size());
    return item;
  }

  ByteView view() const { return {borrowed_ ? data_ : bytes_, size_}; }
  std::size_t size() const { return size_; }

 private:
  StackItem() = default;

  std::uint32_t size_;
  bool borrowed_;
  union {
    const std::uint8_t* data_;
    std::uint8_t bytes_[kComputedMax];
  };
};

class Stack {
 public:
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }

  // Depth 0 is the top.
  const StackItem& item(std::size_t depth) const {
    KP_ASSERT(depth < items_.size());
    return items_[items_.size() - 1 - depth];
  }
  ByteView at(std::size_t depth) const { return item(depth).view(); }
  ByteView top() const { return at(0); }

  void push(const StackItem& item) { items_.push_back(item); }
  void pop(std::size_t count = 1) {
    KP_ASSERT(count <= items_.size());
    items_.erase(items_.end() - static_cast<std::ptrdiff_t>(count), items_.end());
  }
  // Pushes a copy of the item at this depth.
  void pick(std::size_t depth) {
    const StackItem copy = item(depth);
    push(copy);
  }
  // Moves the item at this depth to the top.
  void roll(std::size_t depth) {
    KP_ASSERT(depth < items_.size());
    const auto from = items_.end() - 1 - static_cast<std::ptrdiff_t>(depth);
    std::rotate(from, from + 1, items_.end());
  }
  // Puts a copy of the top below the item at `depth`.
  void tuck(std::size_t depth) {
    KP_ASSERT(depth < items_.size());
    const StackItem copy = item(0);
    items_.insert(items_.end() - 1 - static_cast<std::ptrdiff_t>(depth), copy);
  }
  void clear() { items_.clear(); }
  void assign(const Stack& other) { items_.assign(other.items_.begin(), other.items_.end()); }
  void swap(Stack& other) { items_.swap(other.items_); }

 private:
  std::vector<StackItem> items_;
};

}  // namespace kepeng::script
