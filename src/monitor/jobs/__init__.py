"""Takes the store and the ports, gives the jobs: poll, read, judge, deliver. Each loads, decides, saves, and may run twice.

They hand over through the store: a poll leaves entries to read, a read leaves articles to judge, a judgement leaves
deliveries. A job killed anywhere is done again from where the store stands.
"""
