#include <calluna/directory/user.hpp>
#include <calluna/numbers/region_rules.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace calluna::directory {
namespace {

std::string described(user const& u) {
  return u.name.empty() || u.name == u.id ? "'" + u.id + "'" : "'" + u.id + "' (" + u.name + ")";
}

std::string on_pbx(std::string const& pbx) {
  return pbx.empty() ? std::string{} : " on PBX '" + pbx + "'";
}

bool same_address(std::string_view a, std::string_view b) {
  return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// What `configured` leaves open is filled in from `told`.
void complete(user& configured, user const& told) {
  auto const fill = [](std::string& open, std::string const& with) {
    if (open.empty()) open = with;
  };
  fill(configured.name, told.name);
  fill(configured.extension, told.extension);
  fill(configured.email, told.email);
  fill(configured.external_id, told.external_id);
  fill(configured.lang, told.lang);
  if (configured.devices.empty()) configured.devices = told.devices;
}

}  // namespace

user_list::user_list(std::vector<user> users, std::vector<std::string>& problems)
    : users_(std::move(users)) {
  auto const told = [&](std::size_t owner, std::size_t at, std::string const& what) {
    problems.push_back(what + " belongs to " + described(users_[owner]) + " already, not to " +
                       described(users_[at]));
  };
  auto const claim = [&](places& in, std::string const& what, std::size_t at, char const* kind) {
    auto const& pbx = users_[at].pbx;
    auto const owner = owner_of(in, pbx, what);
    if (owner && *owner != at) return told(*owner, at, kind + (' ' + what) + on_pbx(pbx)), false;
    in.emplace(place{what, pbx}, at);
    return true;
  };
  for (std::size_t at = 0; at < users_.size(); ++at) {
    auto& u = users_[at];
    if (auto const [found, fresh] = by_id_.emplace(u.id, at); !fresh)
      told(found->second, at, "the key '" + u.id + "'");
    if (!u.extension.empty() && !claim(by_extension_, u.extension, at, "extension"))
      u.extension.clear();
    auto const lost = [&](device const& d) { return !claim(by_device_, d.channel, at, "device"); };
    u.devices.erase(std::remove_if(u.devices.begin(), u.devices.end(), lost), u.devices.end());
  }
  // Second, so that no one's foreign key hides another's own.
  for (std::size_t at = 0; at < users_.size(); ++at)
    if (!users_[at].external_id.empty()) by_id_.emplace(users_[at].external_id, at);
}

// Who has `what` on that PBX already. A user without a PBX is on the only one, whatever its name.
std::optional<std::size_t> user_list::owner_of(places const& in, std::string const& pbx,
                                               std::string const& what) {
  for (auto i = in.lower_bound({what, {}}); i != in.end() && i->first.first == what; ++i)
    if (auto const& there = i->first.second; there == pbx || there.empty() || pbx.empty())
      return i->second;
  return {};
}

user const* user_list::get(std::string_view id) const {
  auto const found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &users_[found->second];
}

user const* user_list::find(places const& in, std::string_view pbx, std::string_view what) const {
  std::string const wanted(what);
  user const* only = nullptr;
  for (auto i = in.lower_bound({wanted, {}}); i != in.end() && i->first.first == wanted; ++i) {
    auto const& there = i->first.second;
    if (!pbx.empty() && !there.empty() && there != pbx) continue;
    if (only != nullptr) return nullptr;  // no PBX given, and several have it
    only = &users_[i->second];
  }
  return only;
}

user const* user_list::by_extension(std::string_view pbx, std::string_view extension) const {
  return find(by_extension_, pbx, extension);
}

user const* user_list::by_channel(std::string_view pbx, std::string_view channel_name) const {
  if (auto const* u = find(by_device_, pbx, channel_name)) return u;
  auto const endpoint = numbers::endpoint_of_channel(channel_name);
  if (auto const* u = find(by_device_, pbx, endpoint)) return u;
  constexpr std::string_view local = "Local/";
  if (endpoint.rfind(local, 0) != 0) return nullptr;
  auto const extension = endpoint.substr(local.size());
  return by_extension(pbx, extension.substr(0, extension.find('@')));
}

user_registry::user_registry(std::vector<user> configured) : configured_(std::move(configured)) {
  std::vector<std::string> ignored;
  current_ = std::make_shared<user_list const>(configured_, ignored);
}

result<std::shared_ptr<user_registry>> user_registry::create(std::vector<user> configured) {
  std::vector<std::string> problems;
  user_list const probe(configured, problems);
  if (problems.empty())
    return std::shared_ptr<user_registry>(new user_registry(std::move(configured)));
  std::string text;
  for (auto const& one : problems) text += (text.empty() ? "" : "\n") + one;
  return fail(error_kind::invalid, std::move(text));
}

std::shared_ptr<user_list const> user_registry::current() const {
  std::lock_guard const lock(mutex_);
  return current_;
}

std::vector<std::string> user_registry::put(std::vector<user> told) {
  auto all = configured_;
  auto const configured = static_cast<std::ptrdiff_t>(all.size());
  for (auto& one : told) {
    auto const end = all.begin() + configured;
    auto const same = std::find_if(all.begin(), end, [&](user const& u) {
      return u.id == one.id || same_address(u.email, one.email) ||
             (!u.external_id.empty() && u.external_id == one.external_id);
    });
    if (same != end)
      complete(*same, one);
    else
      all.push_back(std::move(one));
  }
  std::vector<std::string> problems;
  std::shared_ptr<user_list const> made =
      std::make_shared<user_list const>(std::move(all), problems);
  std::lock_guard const lock(mutex_);
  current_.swap(made);  // the old list is freed when the lock is gone
  version_.fetch_add(1, std::memory_order_release);
  return problems;
}

std::vector<std::string> endpoints(user const& u) {
  std::vector<std::string> all;
  for (auto const& d : u.devices) all.push_back(d.channel);
  return all;
}

}  // namespace calluna::directory
