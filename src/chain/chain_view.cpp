// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/chain/chain_view.h>

namespace kepeng::chain {

std::shared_ptr<const ChainView> ChainView::make(const Entry* tip, const std::shared_ptr<const ChainView>& before) {
  auto view = std::make_shared<ChainView>();
  view->tip_ = tip;
  const Entry* shared = before ? fork_point(tip, before->tip_) : nullptr;
  const Height first_new = shared == nullptr ? 0 : shared->height + 1;
  const Height whole_pages = first_new / kPageSize;
  if (before) view->pages_.assign(before->pages_.begin(), before->pages_.begin() + whole_pages);

  // The pages after the shared ones, filled from the tip backwards.
  const Height page_count = tip->height / kPageSize + 1;
  std::vector<std::shared_ptr<Page>> fresh;
  for (Height page = whole_pages; page < page_count; ++page) fresh.push_back(std::make_shared<Page>());
  const Entry* walk = tip;
  for (Height at = tip->height; at >= whole_pages * kPageSize; --at) {
    (*fresh[static_cast<std::size_t>(at / kPageSize - whole_pages)])[static_cast<std::size_t>(at % kPageSize)] = walk;
    walk = walk->parent;
  }
  view->pages_.insert(view->pages_.end(), fresh.begin(), fresh.end());
  return view;
}

const Entry* ChainView::at(Height height) const {
  if (height < 0 || height > tip_->height) return nullptr;
  return (*pages_[static_cast<std::size_t>(height / kPageSize)])[static_cast<std::size_t>(height % kPageSize)];
}

const Entry* ChainView::fork_with(const Entry* entry) const {
  if (entry == nullptr) return nullptr;
  if (entry->height > height()) entry = entry->ancestor(height());
  while (entry != nullptr && !contains(entry)) entry = entry->parent;
  return entry;
}

}  // namespace kepeng::chain
