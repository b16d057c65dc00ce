"""Words that have become frequent on topic and that the model does not know."""

from monitor.feedback.vocabulary import new_words


def test_new_words_set_articles_on_topic_apart() -> None:
    """Known words, words of one outlet alone, rare words and words that stand everywhere are not told."""
    on_topic = [
        (f"outlet{number % 3}", {"nitazene", "drug", "today", *({"column"} if number % 3 == 0 else set())})
        for number in range(9)
    ]
    on_topic.append(("outlet1", {"once"}))
    elsewhere = [{"today", "football"} for _ in range(200)]

    found = new_words(on_topic, elsewhere, known={"drug"})

    assert [(one.word, one.articles) for one in found] == [("nitazene", 9)]
    assert found[0].times > 100
