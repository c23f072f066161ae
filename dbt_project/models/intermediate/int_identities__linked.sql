-- What stewards decided of two records, pair by pair. Only a link that stands alone is followed: a subject linked to two persons
-- and a link to a person who is linked on are listed for the steward and change nothing.
with runs as (
    select * from {{ ref('stg_lake__runs') }}
),

decisions as (
    select * from {{ ref('stg_data_steward__identity_links') }}
),

subject_rows as (
    select * from {{ ref('stg_lake__identity_rows') }}
),

newest as (
    select decisions.*
    from decisions
    cross join runs
    where cast(decisions.decided_at as date) <= runs.as_of_date
    qualify row_number() over (
        partition by decisions.subject_key, decisions.person_key
        order by decisions.decided_at desc, decisions.decision_id desc
    ) = 1
),

links as (
    select subject_key, count(*) as persons_count
    from newest
    where link_decision_code = 'link'
    group by subject_key
),

judged as (
    select
        newest.*,
        case
            when newest.link_decision_code <> 'link' then newest.link_decision_code
            when own.persons_count > 1 then 'conflict'
            when onward.subject_key is not null then 'chain'
            else 'followed'
        end as link_state_code
    from newest
    left join links as own on newest.subject_key = own.subject_key
    left join links as onward on newest.person_key = onward.subject_key
),

final as (
    select
        subject_key,
        person_key,
        decision_id,
        decided_at,
        link_decision_code,
        link_state_code,
        match_score,
        link_state_code = 'followed' as is_followed,
        -- A subject without a usable number is known by its rows; any other is a person whose number was another's or wrong.
        subject_key not in (select subject_key from subject_rows) as is_person
    from judged
)

select * from final
