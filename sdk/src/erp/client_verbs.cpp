#include "client_impl.hpp"
#include "json_text.hpp"

#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/plain_text.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <cctype>
#include <filesystem>

namespace calluna::erp {

using nlohmann::json;

namespace {

// What a created or posted record is told as: 7, [7], or in older versions "mail.message(7,)".
std::optional<record_id> id_in(json const& value) {
  if (value.is_number_integer()) return value.get<record_id>();
  if (value.is_array() && value.size() == 1) return id_in(value[0]);
  if (!value.is_string()) return std::nullopt;
  auto const& text = value.get_ref<std::string const&>();
  auto const open = text.find('(');
  record_id id = 0;
  for (auto at = open; at != std::string::npos && ++at < text.size() && id < 1'000'000'000'000;) {
    if (std::isdigit(static_cast<unsigned char>(text[at])) == 0) break;
    id = id * 10 + (text[at] - '0');
  }
  return id > 0 ? std::optional(id) : std::nullopt;
}

client::completion wants_id(client::id_completion done) {
  return [done = std::move(done)](result<json> value) mutable {
    if (!value) return done(fail(value.error()));
    if (auto const id = id_in(*value)) return done(*id);
    done(fail(error_kind::protocol, "the answer holds no id", false, erp_errc::malformed));
  };
}

constexpr int first_with_html_flag = 17;  // older ones take every body for HTML

}  // namespace

client::client(io::executor on, io::executor blocking, client_options options, logger log,
               std::shared_ptr<clock const> time)
    : impl_(std::make_shared<impl>(on, std::move(blocking), std::move(options), std::move(log),
                                   std::move(time))) {}

client::~client() {
  stop();
}

void client::stop() {
  impl_->stopping = true;
  impl_->pool_->close();  // at once: whoever joins the blocking threads next does not wait
  boost::asio::post(impl_->on, [impl = impl_] { impl->stop(); });
}

client_status client::status() const {
  std::lock_guard const lock(impl_->published_mutex_);
  return impl_->published_;
}

std::string const& client::name() const noexcept {
  return impl_->options.name;
}

void client::submit(call c, duration timeout, completion done) {
  auto p = impl_->make(std::move(c), timeout, std::move(done));
  boost::asio::post(impl_->on, [impl = impl_, p = std::move(p)] { impl->accept(p); });
}

void client::search_read(std::string model, query q, duration timeout, completion done) {
  json named = {{"fields", q.fields.empty() ? std::vector<std::string>{"display_name"} : q.fields}};
  auto const domain = parse_json(q.domain);
  named["domain"] = domain ? *domain : json();  // the server says what is wrong with it
  if (q.offset > 0) named["offset"] = q.offset;
  if (q.limit > 0) named["limit"] = q.limit;
  if (!q.order.empty()) named["order"] = q.order;
  if (auto context = parse_json(q.context); context && context->is_object())
    named["context"] = std::move(*context);
  submit({std::move(model), "search_read", {}, json_text(named), "[]"}, timeout, std::move(done));
}

void client::read(std::string model, std::vector<record_id> ids, std::vector<std::string> fields,
                  duration timeout, completion done) {
  if (fields.empty()) fields = {"display_name"};
  submit({std::move(model), "read", std::move(ids), json_text({{"fields", fields}}), "[]"}, timeout,
         std::move(done));
}

void client::fields(std::string model, duration timeout, completion done) {
  auto p = impl_->make({std::move(model), "fields_get", {}, "{}", "[]"}, timeout, std::move(done));
  boost::asio::post(impl_->on, [impl = impl_, p] {
    impl->when_fields(p->c.model, p->deadline, [impl, p](result<impl::model_ptr> known) {
      known ? impl->settle(p, (*known)->description) : impl->settle(p, fail(known.error()));
    });
  });
}

void client::version(duration timeout, unique_function<void(result<server_version>)> done) {
  auto const found = std::make_shared<server_version>();
  auto p = impl_->make({}, timeout, [found, done = std::move(done)](result<json> answer) mutable {
    answer ? done(*found) : done(fail(answer.error()));
  });
  p->on_ready = [found](call&, session const& s) {
    *found = s.version;
    return std::optional<json>(nullptr);
  };
  boost::asio::post(impl_->on, [impl = impl_, p] { impl->accept(p); });
}

void client::note(std::string model, record_id id, std::string text, bool html, duration timeout,
                  id_completion done) {
  json named = {{"body", html ? std::move(text) : html_of(text)},
                {"message_type", "comment"},
                {"subtype_xmlid", "mail.mt_note"}};
  auto p = impl_->make({std::move(model), "message_post", std::vector{id}, {}, "[]"}, timeout,
                       wants_id(std::move(done)));
  p->on_ready = [named = std::move(named)](call& c, session const& s) mutable {
    if (s.version.major >= first_with_html_flag) named["body_is_html"] = true;
    c.named = json_text(named);
    return std::optional<json>();
  };
  boost::asio::post(impl_->on, [impl = impl_, p] { impl->accept(p); });
}

void client::attach(attachment a, duration timeout, id_completion done) {
  if (a.name.empty()) a.name = std::filesystem::path(a.path).filename().string();
  json values = {{"name", a.name},
                 {"res_model", a.model},
                 {"res_id", a.id},
                 {"datas", std::string(stream_mark)}};
  if (!a.mimetype.empty()) values["mimetype"] = a.mimetype;
  auto p = impl_->make({"ir.attachment", "create", {}, "{}", json_text({json::array({values})})},
                       timeout, wants_id(std::move(done)));
  // A file may be on a disk that is slow to answer.
  boost::asio::post(impl_->blocking, [impl = impl_, p, a = std::move(a)]() mutable {
    auto data = a.path.empty()
                    ? result<std::shared_ptr<byte_source>>(memory_source(std::move(a.data)))
                    : file_source(a.path);
    boost::asio::post(impl->on, [impl, p, data = std::move(data)] {
      if (!data) return impl->settle(p, fail(data.error()));
      p->data = *data;
      impl->accept(p);
    });
  });
}

}  // namespace calluna::erp
