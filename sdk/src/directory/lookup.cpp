#include <calluna/directory/directory.hpp>

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

void directory_reader::renew() {
  static auto const nobody = std::make_shared<snapshot const>();
  if (!of_) {
    snapshot_ = nobody;
    return;
  }
  version_ = of_->version();  // first: a newer snapshot under an older version is renewed again
  snapshot_ = of_->current();
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
