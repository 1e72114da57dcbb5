#include <calluna/directory/directory.hpp>

#include <utility>

namespace calluna::directory {

resolution lookup(snapshot const& in, numbers::e164 number, consolidation policy) {
  std::vector<record> candidates;
  in.find(number, [&](record const& r) { candidates.push_back(r); });
  if (candidates.size() < 2) return resolve(std::move(candidates), policy, {});
  auto const company = company_wanted(candidates);
  return resolve(std::move(candidates), policy, company.empty() ? record{} : in.get(company));
}

resolution directory_reader::lookup(numbers::e164 number, consolidation policy) {
  return calluna::directory::lookup(now(), number, policy);
}

directory_reader::directory_reader(std::shared_ptr<directory> of) : of_(std::move(of)) {
  if (!of_) snapshot_ = std::make_shared<snapshot const>();
}

void directory_reader::renew() {
  version_ = of_->version();  // first: a newer snapshot under an older version is renewed again
  auto before = std::exchange(snapshot_, of_->current());
  if (!before || before->shares_most_with(*snapshot_)) return;
  before.reset();
  of_->free_replaced();
}

std::vector<numbers::e164> keys_of(partner const& p, numbers::reader& with, std::string_view region,
                                   std::size_t& unreadable) {
  std::vector<numbers::e164> keys;
  for (auto const& number : p.numbers) {
    if (auto const key = with.read(number, p.region.empty() ? region : std::string_view(p.region)))
      keys.push_back(*key);
    else
      ++unreadable;
  }
  return keys;
}

}  // namespace calluna::directory
