#include "snapshot_part.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace calluna::directory {

snapshot::snapshot() : large_(std::make_shared<part>()), small_(large_) {}
snapshot::snapshot(std::shared_ptr<part const> large, std::shared_ptr<part const> small,
                   std::vector<bool> hidden)
    : large_(std::move(large)), small_(std::move(small)), hidden_(std::move(hidden)) {
  hidden_count_ = static_cast<std::size_t>(std::count(hidden_.begin(), hidden_.end(), true));
}
snapshot::~snapshot() = default;

std::size_t snapshot::find_rows(numbers::e164 number, std::uint32_t* rows) const {
  std::size_t count = 0;
  auto const take = [&](std::uint32_t row) {
    // A partner may have written one number twice.
    if (count < most_matches && std::find(rows, rows + count, row) == rows + count)
      rows[count++] = row;
  };
  large_->find(number.digits, [&](std::uint32_t row) {
    if (hidden_count_ == 0 || !hidden_[row]) take(row);
  });
  if (small_->rows() != 0)
    small_->find(number.digits, [&](std::uint32_t row) { take(large_->rows() + row); });
  return count;
}

record snapshot::get(std::string_view id) const {
  if (auto const row = small_->row_of(id)) return small_->at(*row);
  auto const row = large_->row_of(id);
  return row && !(hidden_count_ != 0 && hidden_[*row]) ? large_->at(*row) : record{};
}

std::uint32_t snapshot::rows() const noexcept {
  return large_->rows() + small_->rows();
}
bool snapshot::is_there(std::uint32_t row) const noexcept {
  return hidden_count_ == 0 || row >= large_->rows() || !hidden_[row];
}
record snapshot::at(std::uint32_t row) const noexcept {
  return row < large_->rows() ? large_->at(row) : small_->at(row - large_->rows());
}

std::size_t snapshot::partners() const noexcept {
  return std::size_t{rows()} - hidden_count_;
}
std::size_t snapshot::numbers() const noexcept {
  std::size_t count = small_->number_count();
  if (hidden_count_ == 0) return count + large_->number_count();
  large_->for_each_number([&](std::uint64_t, std::uint32_t row) { count += hidden_[row] ? 0 : 1; });
  return count;
}
std::size_t snapshot::index_bytes() const noexcept {
  return large_->index_bytes() + small_->index_bytes() + hidden_.size() / 8;
}
std::size_t snapshot::text_bytes() const noexcept {
  return large_->text_bytes() + small_->text_bytes();
}

// Each change copies the small part, each merge both: beyond this the small part costs more.
std::size_t largest_small_part(std::size_t large_rows) {
  return std::max<std::size_t>(4096, large_rows / 64);
}

struct snapshot_builder::impl {
  struct changed {
    std::string record;
    std::vector<numbers::e164> numbers;
  };
  // From nothing: straight into the large part.
  std::shared_ptr<snapshot::part> large;
  // From a snapshot: its large part, and what is different.
  std::shared_ptr<snapshot const> before;
  std::map<std::string, changed, std::less<>> small;
  std::vector<bool> hidden;

  void hide(std::string_view id) {
    if (auto const row = before->large_->row_of(id)) hidden[*row] = true;
  }
  std::shared_ptr<snapshot::part> small_part() const {
    auto made = std::make_shared<snapshot::part>();
    for (auto const& [id, one] : small) made->add(one.record, one.numbers);
    made->make_index();
    return made;
  }
  std::shared_ptr<snapshot::part> merged() const {
    auto const& old = *before->large_;
    auto made = std::make_shared<snapshot::part>();
    std::vector<std::uint32_t> new_row(old.rows());
    for (std::uint32_t row = 0; row < old.rows(); ++row) {
      if (hidden[row]) continue;
      new_row[row] = made->rows();
      made->add(old.at(row).bytes(), {});
    }
    old.for_each_number([&](std::uint64_t digits, std::uint32_t row) {
      if (!hidden[row]) made->add_number(new_row[row], digits);
    });
    for (auto const& [id, one] : small) made->add(one.record, one.numbers);
    made->make_index();
    return made;
  }
};

snapshot_builder::snapshot_builder() : impl_(std::make_unique<impl>()) {
  impl_->large = std::make_shared<snapshot::part>();
}

snapshot_builder::snapshot_builder(std::shared_ptr<snapshot const> const& before)
    : impl_(std::make_unique<impl>()) {
  impl_->before = before;
  impl_->hidden = before->hidden_;
  impl_->hidden.resize(before->large_->rows());
  auto const& part = *before->small_;
  if (before->small_ == before->large_) return;  // an empty one
  std::vector<std::vector<numbers::e164>> numbers(part.rows());
  part.for_each_number(
      [&](std::uint64_t digits, std::uint32_t row) { numbers[row].push_back({digits}); });
  for (std::uint32_t row = 0; row < part.rows(); ++row)
    impl_->small[std::string(part.at(row).id())] = {std::string(part.at(row).bytes()),
                                                    std::move(numbers[row])};
}

snapshot_builder::~snapshot_builder() = default;

void snapshot_builder::put(std::string_view bytes, std::vector<numbers::e164> const& numbers) {
  if (impl_->large) return impl_->large->add(bytes, numbers);
  auto const id = record(bytes).id();
  impl_->hide(id);
  impl_->small[std::string(id)] = {std::string(bytes), numbers};
}

bool snapshot_builder::remove(std::string_view id) {
  if (!impl_->before) return false;
  bool const known = !impl_->before->get(id).bytes().empty() || impl_->small.count(id) != 0;
  impl_->hide(id);
  if (auto const found = impl_->small.find(id); found != impl_->small.end())
    impl_->small.erase(found);
  return known;
}

std::shared_ptr<snapshot const> snapshot_builder::finish() {
  auto const share = [](auto large, auto small, std::vector<bool> hidden) {
    return std::shared_ptr<snapshot const>(
        new snapshot(std::move(large), std::move(small), std::move(hidden)));
  };
  auto const nothing = std::make_shared<snapshot::part const>();
  if (impl_->large) {
    impl_->large->make_index();
    return share(std::shared_ptr<snapshot::part const>(std::move(impl_->large)), nothing, {});
  }
  if (impl_->small.size() > largest_small_part(impl_->before->large_->rows()))
    return share(std::shared_ptr<snapshot::part const>(impl_->merged()), nothing, {});
  return share(impl_->before->large_, std::shared_ptr<snapshot::part const>(impl_->small_part()),
               std::move(impl_->hidden));
}

}  // namespace calluna::directory
