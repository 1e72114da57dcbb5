#include <calluna/directory/resolve.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace calluna::directory {
namespace {

std::pair<std::uint64_t, std::string_view> order_of(record const& r) {
  auto const id = r.id();
  std::uint64_t number = 0;
  auto const [end, code] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (code == std::errc{} && end == id.data() + id.size()) return {number, {}};
  return {UINT64_MAX, id};
}

bool is_person_of_company(record const& r) {
  return !r.company_id().empty() && r.company_id() != r.id();
}

std::string_view family_of(record const& r) {
  return is_person_of_company(r) ? r.company_id() : r.id();
}

bool is_one_family(std::vector<record> const& all) {
  return std::all_of(all.begin(), all.end(),
                     [&](record const& r) { return family_of(r) == family_of(all.front()); });
}

// Of one family, more than one.
record choose_in_family(std::vector<record> const& family, record const& company) {
  auto const is_person = [](record const& r) { return is_person_of_company(r); };
  auto const people = std::count_if(family.begin(), family.end(), is_person);
  if (people == 1) return *std::find_if(family.begin(), family.end(), is_person);
  auto const head = std::find_if_not(family.begin(), family.end(), is_person);
  return head != family.end() ? *head : company;
}

}  // namespace

std::optional<consolidation> consolidation_of(std::string_view word) noexcept {
  if (word == "parent") return consolidation::parent;
  if (word == "first") return consolidation::first;
  if (word == "none") return consolidation::none;
  return {};
}

std::string_view company_wanted(std::vector<record> const& candidates) {
  if (candidates.size() < 2 || !is_one_family(candidates)) return {};
  for (auto const& one : candidates)
    if (!is_person_of_company(one)) return {};
  return family_of(candidates.front());
}

resolution resolve(std::vector<record> candidates, consolidation policy, record const& company) {
  std::sort(candidates.begin(), candidates.end(),
            [](record const& a, record const& b) { return order_of(a) < order_of(b); });
  resolution r;
  if (candidates.size() == 1 || (policy == consolidation::first && !candidates.empty()))
    r.partner = candidates.front();
  else if (policy == consolidation::parent && !candidates.empty() && is_one_family(candidates))
    r.partner = choose_in_family(candidates, company);
  r.candidates = std::move(candidates);
  return r;
}

}  // namespace calluna::directory
