-- Which person a quarantined row may be about: its number is unusable, but name and one half of the number still agree.
-- Where both halves agree the row is that person's, and others who share one half are left out. A steward's link says whose row
-- it is, a steward's "distinct" whose it is not.
with quarantined as (
    select * from {{ ref('stg_lake__quarantined_rows') }}
),

persons as (
    select person_key, hint_head_key, hint_tail_key from {{ ref('int_persons__unified') }}
),

linked_rows as (
    select * from {{ ref('int_identities__rows') }}
),

decisions as (
    select * from {{ ref('int_identities__linked') }} where link_decision_code = 'distinct'
),

subject_rows as (
    select * from {{ ref('stg_lake__identity_rows') }}
),

strangers as (
    select subject_rows.feed_id, subject_rows.batch_id, subject_rows.row_number, decisions.person_key
    from subject_rows
    inner join decisions on subject_rows.subject_key = decisions.subject_key
),

linked as (
    select quarantined.*, linked_rows.person_key
    from quarantined
    inner join linked_rows
        on quarantined.feed_id = linked_rows.feed_id
        and quarantined.batch_id = linked_rows.batch_id
        and quarantined.row_number = linked_rows.row_number
),

undecided as (
    select quarantined.*
    from quarantined
    left join linked_rows
        on quarantined.feed_id = linked_rows.feed_id
        and quarantined.batch_id = linked_rows.batch_id
        and quarantined.row_number = linked_rows.row_number
    where linked_rows.person_key is null
),

by_head as (
    select undecided.*, persons.person_key
    from undecided
    inner join persons on undecided.hint_head_key = persons.hint_head_key
),

by_tail as (
    select undecided.*, persons.person_key
    from undecided
    inner join persons on undecided.hint_tail_key = persons.hint_tail_key
),

matches as (
    select * from by_head
    union all
    select * from by_tail
),

counted as (
    select
        feed_id,
        batch_id,
        row_number,
        person_key,
        max(period_end_date) as period_end_date,
        max(benefit_month) as benefit_month,
        max(programme_code) as programme_code,
        max(household_id_civil_affairs) as household_id_civil_affairs,
        count(*) as halves_count
    from matches
    group by feed_id, batch_id, row_number, person_key
),

likeliest as (
    select counted.*
    from counted
    left join strangers
        on counted.feed_id = strangers.feed_id
        and counted.batch_id = strangers.batch_id
        and counted.row_number = strangers.row_number
        and counted.person_key = strangers.person_key
    where strangers.person_key is null
    qualify halves_count = max(halves_count) over (partition by counted.feed_id, counted.batch_id, counted.row_number)
),

united as (
    select feed_id, batch_id, row_number, person_key, period_end_date, benefit_month, programme_code, household_id_civil_affairs
    from likeliest
    union all
    select feed_id, batch_id, row_number, person_key, period_end_date, benefit_month, programme_code, household_id_civil_affairs
    from linked
),

final as (
    select
        feed_id,
        batch_id,
        row_number,
        person_key,
        period_end_date,
        -- A payment row without a readable month belongs to the month of its file.
        coalesce(benefit_month, {{ month_start('period_end_date') }}) as benefit_month,
        programme_code,
        household_id_civil_affairs
    from united
)

select * from final
