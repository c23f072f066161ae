with proposals as (
    select * from {{ ref('fct_identity_proposal') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

final as (
    select
        proposals.subject_key,
        proposals.person_key,
        proposals.match_score as score,
        proposals.feed_id,
        proposals.match_reasons,
        persons.name_masked,
        cast(extract(year from persons.birth_date) as integer) as birth_year,
        coalesce(persons.town_code, '') as town_code,
        proposals.link_decision_code as decision_code,
        proposals.link_state_code as link_state,
        proposals.decided_at
    from proposals
    left join persons on proposals.person_key = persons.person_key
)

select * from final
