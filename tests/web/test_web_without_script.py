"""What a browser without script shows when something goes wrong."""


def test_what_went_wrong_is_brought_into_sight(visitor, client):
    page = visitor.post_form(token="long gone").get_data(as_text=True)

    assert 'type="submit" autofocus>' in page
    assert "autofocus" not in client.get("/f/riverside").get_data(as_text=True)
    assert "autofocus" not in visitor.post_form(token="", phone="12").get_data(as_text=True)


def test_address_of_a_sent_form_opened_again_is_a_page(client):
    page = client.get("/f/riverside/leads", headers={"Accept": "text/html"})
    script = client.get("/f/riverside/leads", headers={"Accept": "application/json"})

    assert (page.status_code, page.mimetype, "POST" in page.headers["Allow"]) == (405, "text/html", True)
    assert (script.status_code, script.get_json()["status"]) == (405, "error")


def test_phone_numbers_stay_in_one_line(visitor):
    page = visitor.post_form(token="", phone="12", language="en").get_data(as_text=True)

    assert "601\N{NO-BREAK SPACE}123\N{NO-BREAK SPACE}456" in page
    assert "+420\N{NO-BREAK SPACE}777\N{NO-BREAK SPACE}123\N{NO-BREAK SPACE}456" in page
