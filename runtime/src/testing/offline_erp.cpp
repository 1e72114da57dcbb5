#include "offline_erp.hpp"

#include <calluna/erp/erp_error.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace calluna::runtime::testing {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds usual_timeout{30};

tl::unexpected<error> erp_failure(erp::erp_errc code, error_kind kind, std::string message,
                                  bool retryable = false) {
  return fail(kind, std::move(message), retryable, erp::make_error_code(code));
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

bool contains(json const& value, json const& part, bool any_case) {
  if (!value.is_string() || !part.is_string()) return false;
  auto a = value.get<std::string>(), b = part.get<std::string>();
  if (any_case) a = lower(a), b = lower(b);
  return a.find(b) != std::string::npos;
}

/// Odoo's empty value is false; what is not there is empty.
json value_of(json const& values, std::string const& field) {
  return values.contains(field) ? values[field] : json(false);
}

result<bool> leaf_fits(json const& leaf, json const& values) {
  if (!leaf.is_array() || leaf.size() != 3 || !leaf[0].is_string() || !leaf[1].is_string())
    return fail(error_kind::invalid, fmt::format("{} is no leaf of a domain", leaf.dump()));
  auto const is = value_of(values, leaf[0]);
  auto const& than = leaf[2];
  auto const by = leaf[1].get<std::string>();
  auto const among = [&] {
    return than.is_array() && std::find(than.begin(), than.end(), is) != than.end();
  };
  if (by == "=") return is == than;
  if (by == "!=") return is != than;
  if (by == "in") return among();
  if (by == "not in") return !among();
  if (by == "like") return contains(is, than, false);
  if (by == "ilike") return contains(is, than, true);
  if (by == "<") return is < than;
  if (by == "<=") return is <= than;
  if (by == ">") return is > than;
  if (by == ">=") return is >= than;
  return fail(error_kind::invalid, fmt::format("a domain here knows no '{}'", by));
}

/// The term that begins at `at`, which is then behind it.
result<bool> term_fits(json const& domain, std::size_t& at, json const& values) {
  if (at >= domain.size()) return fail(error_kind::invalid, "a term of the domain is missing");
  auto const& term = domain[at++];
  if (!term.is_string()) return leaf_fits(term, values);
  auto const by = term.get<std::string>();
  auto const first = term_fits(domain, at, values);
  if (!first || by == "!") return first ? result<bool>(!*first) : first;
  auto const second = term_fits(domain, at, values);
  if (!second) return second;
  return by == "|" ? *first || *second : *first && *second;
}

}  // namespace

result<bool> fits_domain(json const& domain, json const& values) {
  bool all = true;
  for (std::size_t at = 0; at < domain.size();) {
    auto const one = term_fits(domain, at, values);
    if (!one) return one;
    all = all && *one;
  }
  return all;
}

offline_erp::offline_erp(io::executor on, std::shared_ptr<manual_clock> time)
    : on_(std::move(on)), time_(std::move(time)) {}

template <class T>
void offline_erp::answer(std::string const& what, duration timeout, std::function<result<T>()> act,
                         unique_function<void(result<T>)> done) {
  if (on_call) on_call(what);
  auto const limit = timeout == default_timeout ? duration(usual_timeout) : timeout;
  auto at = time_->now() + std::min(slowness, limit);
  bool const late = slowness > limit, gone = down;
  if (gone) at = time_->now();
  answers_.push_back(std::make_unique<io::alarm>(on_, time_));
  answers_.back()->set(at,
                       [what, late, gone, act = std::move(act), done = std::move(done)]() mutable {
                         if (gone)
                           return done(erp_failure(erp::erp_errc::unreachable, error_kind::offline,
                                                   what + ": it cannot be reached", true));
                         auto outcome = act();
                         // What was asked has been done; only nobody heard of it.
                         if (late)
                           return done(erp_failure(erp::erp_errc::timeout, error_kind::timeout,
                                                   what + ": no answer in time"));
                         done(std::move(outcome));
                       });
}

// -- what every model can

result<std::vector<erp::record_id>> offline_erp::search(std::string const& model,
                                                        json const& domain) {
  std::vector<erp::record_id> ids;
  for (auto const& [id, kept] : models_[model]) {
    auto values = kept;
    values["id"] = id;
    auto const fits = fits_domain(domain, values);
    if (!fits) return fail(fits.error());
    if (*fits) ids.push_back(id);
  }
  return ids;
}

json offline_erp::picked(std::string const& model, std::vector<erp::record_id> const& ids,
                         std::vector<std::string> const& fields) const {
  json list = json::array();
  auto const in = models_.find(model);
  for (auto const id : ids) {
    if (in == models_.end() || in->second.count(id) == 0) continue;
    auto const& values = in->second.at(id);
    json one{{"id", id}};
    for (auto const& field : fields)
      one[field] = field == "display_name" && !values.contains(field) ? value_of(values, "name")
                                                                      : value_of(values, field);
    list.push_back(std::move(one));
  }
  return list;
}

result<json> offline_erp::perform(erp::call const& c) {
  if (auto const known = taught_.find(to_string(c)); known != taught_.end()) return known->second;
  auto named = json::parse(c.named);
  auto const given = json::parse(c.positional);
  auto const names = erp::argument_names(c.method);
  for (std::size_t i = 0; i < given.size() && i < names.size(); ++i)
    named[std::string(names[i])] = given[i];
  auto const ids = c.ids.value_or(std::vector<erp::record_id>{});
  auto const fields = named.value("fields", std::vector<std::string>{"display_name"});
  auto const found = [&] { return search(c.model, named.value("domain", json::array())); };
  if (c.method == "create") {
    json made = json::array();
    auto const& lists = named.contains("vals_list") ? named["vals_list"] : given.at(0);
    for (auto const& values : lists) made.push_back(put(c.model, values));
    return made;
  }
  if (c.method == "read") return picked(c.model, ids, fields);
  if (c.method == "write" || c.method == "unlink") {
    auto& records_of = models_[c.model];
    for (auto const id : ids)
      if (c.method == "write" && records_of.count(id) == 0)
        return erp_failure(erp::erp_errc::missing, error_kind::gone,
                           fmt::format("{}: record {} does not exist", to_string(c), id));
    for (auto const id : ids) {
      if (c.method == "write")
        records_of[id].update(named.contains("vals") ? named["vals"] : given.at(0));
      else
        records_of.erase(id);
    }
    return json(true);
  }
  if (c.method == "search" || c.method == "search_count" || c.method == "search_read") {
    auto const list = found();
    if (!list) return fail(list.error());
    if (c.method == "search_count") return json(list->size());
    return c.method == "search" ? json(*list) : picked(c.model, *list, fields);
  }
  return erp_failure(erp::erp_errc::unknown_method, error_kind::rejected,
                     fmt::format("{}: this business system of a test does not know it: teach it by "
                                 "pbx:odoo():answers(model, method, answer)",
                                 to_string(c)));
}

void offline_erp::submit(erp::call c, duration timeout, completion done) {
  auto const what = to_string(c);
  answer<json>(
      what, timeout,
      [this, c = std::move(c)]() -> result<json> {
        try {
          return perform(c);
        } catch (json::exception const& e) {
          return erp_failure(erp::erp_errc::arguments, error_kind::invalid,
                             fmt::format("{}: {}", to_string(c), e.what()));
        }
      },
      std::move(done));
}

void offline_erp::search_read(std::string model, erp::query q, duration timeout, completion done) {
  answer<json>(
      model + ".search_read", timeout,
      [this, model, q]() -> result<json> {
        auto found = search(model, json::parse(q.domain));
        if (!found) return fail(found.error());
        auto const from = std::min<std::size_t>(static_cast<std::size_t>(q.offset), found->size());
        found->erase(found->begin(), found->begin() + static_cast<std::ptrdiff_t>(from));
        if (q.limit > 0 && found->size() > static_cast<std::size_t>(q.limit))
          found->resize(static_cast<std::size_t>(q.limit));
        return picked(model, *found,
                      q.fields.empty() ? std::vector<std::string>{"display_name"} : q.fields);
      },
      std::move(done));
}

void offline_erp::read(std::string model, std::vector<erp::record_id> ids,
                       std::vector<std::string> fields, duration timeout, completion done) {
  if (fields.empty()) fields = {"display_name"};
  answer<json>(
      model + ".read", timeout,
      [this, model, ids, fields]() -> result<json> { return picked(model, ids, fields); },
      std::move(done));
}

void offline_erp::upsert(std::string model, std::string key, std::string values, duration timeout,
                         id_completion done) {
  answer<erp::record_id>(
      model + ".upsert", timeout,
      [this, model, key, values]() -> result<erp::record_id> {
        auto const wanted = json::parse(key);
        auto all = json::parse(values);
        std::vector<erp::record_id> found;
        for (auto const& [id, one] : models_[model]) {
          bool same = true;
          for (auto const& [name, value] : wanted.items())
            same = same && value_of(one, name) == value;
          if (same) found.push_back(id);
        }
        if (found.size() > 1)
          return erp_failure(
              erp::erp_errc::not_unique, error_kind::ambiguous,
              fmt::format("{}: {} records have the key {}", model, found.size(), key));
        if (found.empty()) {
          all.update(wanted);
          return put(model, std::move(all));
        }
        models_[model][found[0]].update(all);
        return found[0];
      },
      std::move(done));
}

void offline_erp::attach(erp::attachment a, duration timeout, id_completion done) {
  answer<erp::record_id>(
      "ir.attachment.create", timeout,
      [this, a]() -> result<erp::record_id> {
        return put("ir.attachment", {{"res_model", a.model},
                                     {"res_id", a.id},
                                     {"name", a.name},
                                     {"path", a.path},
                                     {"data", a.data},
                                     {"mimetype", a.mimetype}});
      },
      std::move(done));
}

void offline_erp::note(std::string model, erp::record_id id, std::string text, bool html,
                       duration timeout, id_completion done) {
  answer<erp::record_id>(
      model + ".message_post", timeout,
      [this, model, id, text, html]() -> result<erp::record_id> {
        return put("mail.message",
                   {{"model", model}, {"res_id", id}, {"body", text}, {"html", html}});
      },
      std::move(done));
}

void offline_erp::fields(std::string model, duration timeout, completion done) {
  answer<json>(
      model + ".fields_get", timeout,
      [this, model]() -> result<json> {
        json all = json::object();
        for (auto const& [id, values] : models_[model])
          for (auto const& [name, value] : values.items())
            all[name] = {{"type", value.type_name()}};
        return all;
      },
      std::move(done));
}

void offline_erp::version(duration timeout,
                          unique_function<void(result<erp::server_version>)> done) {
  answer<erp::server_version>(
      "version", timeout,
      []() -> result<erp::server_version> {
        return erp::server_version{19, 0, "19.0"};
      },
      std::move(done));
}

void offline_erp::rotate_key(std::string, unique_function<void(result<void>)> done) {
  boost::asio::post(on_, [done = std::move(done)]() mutable {
    done(fail(error_kind::invalid, "the business system of a test has no keys"));
  });
}

erp::client_status offline_erp::status() const {
  erp::client_status s;
  s.name = "main";
  s.state = down ? erp::connection_state::unreachable : erp::connection_state::ready;
  return s;
}

// -- for the case

erp::record_id offline_erp::put(std::string const& model, json values) {
  auto const id = ++last_id_;
  models_[model][id] = values.is_object() ? std::move(values) : json::object();
  return id;
}

json offline_erp::records(std::string const& model) const {
  json list = json::array();
  if (auto const in = models_.find(model); in != models_.end())
    for (auto const& [id, values] : in->second) {
      list.push_back(values);
      list.back()["id"] = id;
    }
  return list;
}

void offline_erp::teach(std::string const& model, std::string const& method, json answer) {
  taught_[model + "." + method] = std::move(answer);
}

}  // namespace calluna::runtime::testing
